/**
 * The oracle outside of the system: what writers said that they attempted and what they were promised, and the law over
 * what readers find. Lines on a pipe, one thing each; rust/conformance/src/bin/baton-system prints the same.
 */

/** What writers and readers told. */
export interface Told {
  /** Names of the records that were about to be written. */
  readonly tried: Set<string>;
  /** Sequence numbers of those that were acknowledged, by name. */
  readonly acknowledged: Map<string, number>;
  /** Steps that were refused, each with the code. */
  readonly errors: string[];
  /** Recorders whose clock stood ten years ahead or behind. */
  jumps: number;
  /** What a reader found to count twice, or what counted and did not at its next reading. */
  readonly twice: string[];
  readonly gone: string[];
  /** Segment of the last acknowledgement, 32 hexadecimal digits. */
  lastSegment: string | undefined;
  /** Whether the program came to its end. */
  isDone: boolean;
}

/** Nothing told yet. */
export function newlyTold(): Told {
  return {
    tried: new Set(),
    acknowledged: new Map(),
    errors: [],
    jumps: 0,
    twice: [],
    gone: [],
    lastSegment: undefined,
    isDone: false,
  };
}

/** Takes a line; gives whether it is one of an oracle. */
export function hear(told: Told, line: string): boolean {
  const [word, name = "", ...rest] = line.split(" ");
  switch (word) {
    case "try":
      told.tried.add(name);
      return true;
    case "ack":
      told.acknowledged.set(name, Number(rest[0]));
      told.lastSegment = rest[1];
      return true;
    case "error":
      told.errors.push(`${name} ${rest.join(" ")}`);
      return true;
    case "jump":
      told.jumps++;
      return true;
    case "twice":
      told.twice.push(name);
      return true;
    case "gone":
      told.gone.push(name);
      return true;
    case "done":
      told.isDone = true;
      return true;
    default:
      return false;
  }
}

/** Whether retention lets the record of a name go: it was observed longer ago than the days of its kind. */
export function mayGo(name: string): boolean {
  return name.startsWith("old-");
}

/** A record as a reader found it. */
export interface FoundRecord {
  readonly name: string;
  /** Who first wrote it, and its sequence number there. */
  readonly writer: string;
  readonly seq: number;
}

/**
 * Where what was found breaks the law: acknowledged ⊆ loaded ⊆ attempted, no record twice, the order of `seq` within a
 * writer. What retention lets go may be missing where `canGo`. One line for each breach.
 */
export function breaches(told: Told, found: readonly FoundRecord[], canGo: boolean): string[] {
  const lines: string[] = [];
  const names = new Map<string, FoundRecord>();
  const byWriter = new Map<string, FoundRecord[]>();
  for (const record of found) {
    const { name, writer } = record;
    if (names.has(name)) lines.push(`${name} is there twice`);
    if (!told.tried.has(name)) lines.push(`${name} was never attempted`);
    names.set(name, record);
    const others = byWriter.get(writer);
    if (others) others.push(record);
    else byWriter.set(writer, [record]);
  }
  for (const [name, seq] of told.acknowledged) {
    const record = names.get(name);
    if (!record && !(canGo && mayGo(name))) lines.push(`${name} was acknowledged and is lost`);
    if (record && record.seq !== seq) lines.push(`${name} has seq ${record.seq} and was acknowledged as ${seq}`);
  }
  for (const [writer, records] of byWriter) {
    records.sort((a, b) => a.seq - b.seq);
    for (const [i, { name }] of records.entries()) {
      const before = records[i - 1];
      if (before && numberOf(before.name) >= numberOf(name)) lines.push(`${name} is out of order in ${writer}`);
    }
  }
  return lines;
}

/** Names are `<class>-<number>-<slot>-<start>`; the numbers of a process rise. */
function numberOf(name: string): number {
  return Number(name.split("-")[1]);
}
