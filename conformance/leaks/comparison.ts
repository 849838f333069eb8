/** What tells two machines apart once the programs have run: every byte that was written or printed, and what was keyed. */
import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseSnapshot, printSnapshot } from "../../ts/src/snapshot/content.js";
import { snapshotName } from "../../ts/src/snapshot/file.js";
import { keyed } from "./channels.js";
import { valuesIn, type World } from "./world.js";

/** What the programs left on a machine, bytes by place, as far as it may be compared. */
export type Outcome = ReadonlyMap<string, Buffer>;

/**
 * What was written and printed so far. Left out is, of `latest.json`, when segments were last written and their numbers in the
 * file system; of a check that is under way, how long the client's own log is; and of what is told of a refused text, which
 * rules it breaks, and where.
 */
export function outcomeOf(world: World): Outcome {
  const written = [...world.written()].map(([path, bytes]) => [path, comparable(path, bytes)] as const);
  const printed = [...world.printed].map(
    ([step, text]) =>
      [`what ${step} prints`, Buffer.from(text.replaceAll(/,? rule [a-z0-9-]+( at \d+\.\.\d+)?/g, ""))] as const,
  );
  return new Map([...written, ...printed]);
}

/** What differs, a line each. */
export function differences(one: Outcome, other: Outcome): string[] {
  const places = [...new Set([...one.keys(), ...other.keys()])].sort();
  return places.flatMap((place) => {
    const [first, second] = [one.get(place), other.get(place)];
    if (first === undefined || second === undefined) return [`only once: ${place}`];
    return first.equals(second) ? [] : [`from byte ${firstDifference(first, second)} on: ${place}`];
  });
}

function firstDifference(one: Buffer, other: Buffer): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}

function comparable(path: string, bytes: Buffer): Buffer {
  if (basename(path) === snapshotName) return withoutLooks(bytes);
  if (basename(dirname(path)) !== "pending") return bytes;
  return Buffer.from(bytes.toString("latin1").replace(/"logBytes":\d+/, '"logBytes":0'), "latin1");
}

/** A snapshot without how the files of segments looked; as it is where it is none. */
function withoutLooks(bytes: Buffer): Buffer {
  const snapshot = parseSnapshot(bytes);
  if (snapshot === undefined) return bytes;
  const seen = snapshot.seen.map((segment) =>
    segment.look ? { ...segment, look: { modified: 0, inode: 0 } } : segment,
  );
  return printSnapshot({ ...snapshot, seen });
}

/**
 * What was put under install.key, by step, with the names of `keyed` in the place of what stands for them: the same on all
 * machines, unless anything else got there.
 */
export function keyedValues({ traces, checkout, variant }: World): Map<string, string[]> {
  const withoutTexts = (value: string): string => {
    if (purposeOf(value) === "tree") return "tree\0<change>";
    const names = Object.keys(keyed) as (keyof typeof keyed)[];
    return names.reduce(
      (text, channel) => text.replaceAll(variant.marker(channel), `<${channel}>`),
      value.replaceAll(checkout, "<folder>"),
    );
  };
  return new Map(readdirSync(traces).map((step) => [step, valuesIn(join(traces, step)).map(withoutTexts)]));
}

/** What a value is put under install.key for (docs/design.md, "State directory"). */
export function purposeOf(value: string): string {
  return value.split("\0")[0] ?? "";
}
