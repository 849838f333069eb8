/** What `verify` and `status` say of a folder of segments (SEG-036, SEG-037). */
import { segmentFindingTable, segmentSegmentReportTable } from "../gen/tables.js";
import type { StandingSegment } from "./records.js";
import { streamFolder } from "./stream.js";

/** baton.segment.v1.Finding, without the fields of records. */
export interface ReportedFinding {
  /** Number of baton.segment.v1.FindingType. */
  readonly type: number;
  readonly offset: number;
  readonly length: number;
}

/** baton.segment.v1.SegmentReport. */
export interface SegmentReport {
  readonly file: string;
  readonly segment?: string;
  readonly bytes: number;
  readonly records: number;
  readonly newerThanMe: number;
  readonly sealed: boolean;
  /** Number of baton.segment.v1.SegmentStanding. */
  readonly standing: number;
  readonly findings: readonly ReportedFinding[];
}

/** baton.segment.v1.VerifyReport. */
export interface VerifyReport {
  readonly segments: readonly SegmentReport[];
  readonly records: number;
  readonly problems: number;
}

/**
 * Reads a folder and reports on it. The keys are JSON names, so `encodeMessage` takes it as it is. Throws like `readFolder`.
 */
export function verifyFolder(dir: string): VerifyReport {
  const count = () => ({ records: 0 });
  const { folder, part } = streamFolder(dir, count, (part) => {
    part.records++;
  });
  let problems = 0;
  const segments = folder.segments.map(({ scanned, standing }) => {
    problems += scanned.findings.filter(({ type }) => problemTypes.has(type)).length;
    const report = {
      file: scanned.file,
      bytes: scanned.size,
      records: scanned.records,
      newerThanMe: scanned.newerThanMe,
      sealed: scanned.isSealed,
      standing: numberOf(standings, standing.name),
      findings: scanned.findings.map(({ type, offset, length }) => ({
        type: numberOf(findingTypes, type),
        offset,
        length,
      })),
    };
    return scanned.segment === undefined ? report : { ...report, segment: scanned.segment };
  });
  return { segments, records: part.records, problems };
}

/** baton.state.v1.Health, without what only a fold can tell. */
export interface FolderHealth {
  readonly segments: number;
  readonly records: number;
  readonly openTailBytes: number;
  readonly corruptRanges: number;
  readonly foreignFiles: number;
  readonly dropped: number;
}

/** How sound a folder is that was read in full, `records` of which count (SEG-037). */
export function healthOf(folder: { readonly segments: readonly StandingSegment[] }, records: number): FolderHealth {
  const counting = folder.segments
    .filter(({ standing }) => standing.name === "COUNTS" || standing.name === "REPLACED")
    .map(({ scanned }) => scanned);
  const found = counting.flatMap(({ findings }) => findings);
  const lengths = found.filter(({ type }) => type === "OPEN_TAIL").map(({ length }) => length);
  const dropped = counting.flatMap(({ header }) => header?.dropped ?? []).map(({ count }) => count);
  const isForeign = ({ scanned }: StandingSegment): boolean =>
    scanned.findings.some(({ type }) => type === "FOREIGN" || type === "DAMAGED_HEADER");
  return {
    segments: counting.length,
    records,
    openTailBytes: sum(lengths),
    corruptRanges: found.filter(({ type }) => type === "CORRUPT_RANGE").length,
    foreignFiles: folder.segments.filter(isForeign).length,
    dropped: Math.min(sum(dropped), Number.MAX_SAFE_INTEGER),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

const problemTypes: ReadonlySet<string> = new Set(["CORRUPT_RANGE", "DAMAGED_HEADER", "SEAL_MISMATCH", "OVERSIZED"]);
const findingTypes = segmentFindingTable.fields.find(({ jsonName }) => jsonName === "type")?.values ?? {};
const standings = segmentSegmentReportTable.fields.find(({ jsonName }) => jsonName === "standing")?.values ?? {};

function numberOf(values: Readonly<Record<string, number>>, name: string): number {
  return values[name.toLowerCase()] ?? 0;
}
