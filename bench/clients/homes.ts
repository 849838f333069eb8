/** State directories that are as they were before each sample: an empty one, and ones full of small segments. */
import { linkSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { guardKind, kindNamed } from "../../ts/src/guard/record.js";
import { keyId, openHome } from "../../ts/src/home/home.js";
import { nextStamp, noStamp } from "../../ts/src/record/stamp.js";
import { openWriter } from "../../ts/src/segment/writer.js";

/** The repository that all places are clones of, as records name it. */
export const workspace = "github.com/acme/proxy";

/** A state directory with a copy of how it began. */
export interface BenchHome {
  readonly dir: string;
  /** Segments that it begins with. */
  readonly segments: number;
  /** How many segment files there are now. */
  count(): number;
  /** Makes it again what it was at the beginning. */
  restore(): void;
}

/** Keeps a directory as it is now: the copy is made of hard links, for Baton never writes to a file again. */
export function keepHome(dir: string): BenchHome {
  const kept = `${dir}.kept`;
  mirror(dir, kept);
  const count = (): number => readdirSync(join(dir, "segments")).length;
  const segments = count();
  return {
    dir,
    segments,
    count,
    restore() {
      mirror(kept, dir);
      if (count() !== segments) throw new Error(`the home has ${count()} segments instead of ${segments}`);
    },
  };
}

/**
 * Leaves segments as the hooks of sessions do, each of one record: a session starts, a check ends, another one, it ends.
 */
export function fillHome(dir: string, count: number): void {
  const home = openHome({ home: dir, env: {} });
  home.create();
  const now = Date.now();
  for (let i = 0; i < count; i++) {
    const session = `s-${Math.floor(i / 4)
      .toString(16)
      .padStart(16, "0")}`;
    const at = now - (count - i) * 60_000;
    const [name, given] = recordOf(i % 4);
    const kind = kindNamed(name);
    if (kind === undefined) throw new Error(`no kind ${name}`);
    const writer = openWriter({
      dir: home.segments,
      durability: "written",
      writerName: "bench",
      writerVersion: "0",
      keyId: keyId(home.key()),
      now: () => at,
    });
    const stamp = nextStamp(noStamp, at);
    writer.put(guardKind(kind, given, { stamp, observedAt: at, client: "codex", workspace, session }));
    writer.close();
  }
}

function recordOf(step: number): [string, object] {
  const check = { durationMs: 4200, source: "hook", dirty: true };
  if (step === 1) return ["validation", { command: "npm test", exitCode: 0, ...check }];
  if (step === 2) return ["validation", { command: "npm run lint", exitCode: 1, ...check }];
  return ["sessionMark", { phase: step === 0 ? "start" : "end" }];
}

/** Makes `to` the same as `from`, with as little work as it takes. */
function mirror(from: string, to: string): void {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  const left = new Set(readdirSync(to));
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    const isThere = left.delete(entry.name);
    if (entry.isDirectory()) mirror(source, target);
    else if (!isThere) linkSync(source, target);
    else if (statSync(source).ino !== statSync(target).ino) {
      rmSync(target);
      linkSync(source, target);
    }
  }
  for (const name of left) rmSync(join(to, name), { recursive: true });
}
