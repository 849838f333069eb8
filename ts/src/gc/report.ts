/** What a compaction says of itself. */

/** Records of a kind, by what becomes of them (baton.segment.v1.GcKind). */
export interface GcKind {
  readonly kind: string;
  kept: number;
  superseded: number;
  expired: number;
  twice: number;
}

/** What a compaction did, or would do (baton.segment.v1.GcReport). */
export interface GcReport {
  readonly dryRun: boolean;
  /** Of the segments that could be taken, in the byte order of their names. */
  readonly kinds: readonly GcKind[];
  readonly segmentsBefore: number;
  readonly segmentsAfter: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Segments that no record was taken of: of running programs, damaged, or newer. */
  readonly leftAlone: number;
}
