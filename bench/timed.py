"""Times a whole process: timed.py [--first] RUNS COMMAND ARG... prints JSON {"ms": [...], "rssMb": peak, "output": sha256 of stdout}.

The operating system starts and reaps the process, so the figure holds start-up and exit. One run before is not counted, unless
--first says that the first one is what is asked for.
"""

import hashlib
import json
import os
import sys
import tempfile
import time


def run(argv):
    with tempfile.TemporaryFile() as out:
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, out.fileno(), 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        started = time.perf_counter()
        pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        elapsed = (time.perf_counter() - started) * 1000
        if os.waitstatus_to_exitcode(status) != 0:
            sys.exit(f"timed.py: {argv[0]} ended with {os.waitstatus_to_exitcode(status)}")
        out.seek(0)
        digest = hashlib.sha256()
        while chunk := out.read(1 << 20):
            digest.update(chunk)
        return elapsed, usage.ru_maxrss / 1024, digest.hexdigest()


is_first = sys.argv[1] == "--first"
runs, *argv = sys.argv[2:] if is_first else sys.argv[1:]
if not is_first:
    run(argv)
results = [run(argv) for _ in range(int(runs))]
print(
    json.dumps(
        {
            "ms": [elapsed for elapsed, _, _ in results],
            "rssMb": max(rss for _, rss, _ in results),
            "output": results[0][2],
        }
    )
)
