/** Which segments of a folder count: a pure function of what the scans found (SEG-030 to SEG-032). */
import { compareText } from "../record/order.js";
import type { Replaced } from "./header.js";

/** Names of baton.segment.v1.SegmentStanding, from the strongest reason not to count on. */
export type StandingName = "UNREADABLE" | "DUPLICATE" | "IGNORED" | "REPLACED" | "COUNTS";

/** What the judgement needs to know of one file. */
export interface JudgedFile {
  /** Name inside the folder. */
  readonly file: string;
  /** Id in the header; undefined where no header proves. */
  readonly segment?: string;
  /** What a compacted segment replaces; empty for all others. */
  readonly replaces: readonly Replaced[];
  /** Whether a seal proves and agrees. */
  readonly isSealed: boolean;
  /** Whether nothing but records and skipped frames lies before the seal. */
  readonly isWhole: boolean;
  /** Bytes before the first bad range or the end. */
  readonly validBytes: number;
}

/** Whether a file counts, and from where on. */
export interface Standing {
  readonly name: StandingName;
  /** Records whose frames end at or before this offset do not count; 0 but for REPLACED. */
  readonly replacedBytes: number;
}

/** The standings of the files of a folder, in their order. */
export function judgeFolder(files: readonly JudgedFile[]): Standing[] {
  const chosen = chooseById(files);
  const replaced = new Map<string, number>();
  for (const file of chosen.values()) {
    if (!isCompacted(file) || !provesWhole(file)) continue;
    for (const { segment, bytes } of file.replaces) replaced.set(segment, Math.max(bytes, replaced.get(segment) ?? 0));
  }
  return files.map((file) => {
    if (file.segment === undefined) return standing("UNREADABLE");
    if (chosen.get(file.segment) !== file) return standing("DUPLICATE");
    if (isCompacted(file) && !provesWhole(file) && file.replaces.every(({ segment }) => chosen.has(segment)))
      return standing("IGNORED");
    const replacedBytes = replaced.get(file.segment);
    return replacedBytes === undefined ? standing("COUNTS") : { name: "REPLACED", replacedBytes };
  });
}

/** Of several files with one id, the one that counts (SEG-030). */
function chooseById(files: readonly JudgedFile[]): Map<string, JudgedFile> {
  const chosen = new Map<string, JudgedFile>();
  for (const file of files) {
    if (file.segment === undefined) continue;
    const rival = chosen.get(file.segment);
    const isBetter =
      !rival ||
      file.validBytes > rival.validBytes ||
      (file.validBytes === rival.validBytes && compareText(file.file, rival.file) < 0);
    if (isBetter) chosen.set(file.segment, file);
  }
  return chosen;
}

function isCompacted(file: JudgedFile): boolean {
  return file.replaces.length > 0;
}

function provesWhole(file: JudgedFile): boolean {
  return file.isSealed && file.isWhole;
}

function standing(name: StandingName): Standing {
  return { name, replacedBytes: 0 };
}
