/** Reads `git status --porcelain=v2 --branch -z` (docs/proof.md, section 3). */
import { splitNul, textOf } from "./bytes.js";

/** What the status says. Absent = git did not say. */
export interface Status {
  /** HEAD; absent before the first commit. */
  readonly commit?: string;
  /** Absent when detached. */
  readonly branch?: string;
  readonly detached: boolean;
  readonly upstream?: string;
  /** Absent where the upstream is gone. */
  readonly ahead?: number;
  readonly behind?: number;
  /** Entries, untracked ones included; an untracked folder is one. */
  readonly changedFiles: number;
  /** Whether a submodule holds modified or untracked files (GIT-024). */
  readonly dirtySubmodule: boolean;
}

/** Reads the NUL-terminated output of git. Lines that it does not know are skipped, as git asks of readers. */
export function readStatus(output: Uint8Array): Status {
  const headers = new Map<string, string>();
  let changedFiles = 0;
  let dirtySubmodule = false;
  let isOriginalPath = false;
  for (const entry of splitNul(output)) {
    const line = textOf(entry);
    const type: string = isOriginalPath ? "" : line.slice(0, 2);
    isOriginalPath = type === "2 ";
    if (type === "# ") {
      const space = line.indexOf(" ", 2);
      headers.set(line.slice(2, space), line.slice(space + 1));
    } else if (type === "? ") {
      changedFiles += 1;
    } else if (type === "1 " || type === "2 " || type === "u ") {
      changedFiles += 1;
      if (/^S.(M|.U)/.test(line.slice(5))) dirtySubmodule = true;
    }
  }
  const oid = headers.get("branch.oid");
  const head = headers.get("branch.head");
  const upstream = headers.get("branch.upstream");
  const counts = /^\+([0-9]+) -([0-9]+)$/.exec(headers.get("branch.ab") ?? "");
  const detached = head === "(detached)";
  return {
    ...(oid === undefined || oid === "(initial)" ? {} : { commit: oid }),
    ...(head === undefined || detached ? {} : { branch: head }),
    detached,
    ...(upstream === undefined ? {} : { upstream }),
    ...(counts === null ? {} : { ahead: count(counts[1]), behind: count(counts[2]) }),
    changedFiles,
    dirtySubmodule,
  };
}

function count(digits: string | undefined): number {
  return Math.min(Number(digits), 0xffff_ffff);
}
