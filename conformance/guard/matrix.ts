/** The position matrix: every family of secrets at every position, and how many of them the guard lets out. */
import { judge, policyOf } from "../../ts/src/guard/judge.js";
import { type Secret, secrets } from "./families.js";
import { type Placed, type Position, positions } from "./positions.js";

/** A secret that came through. */
export interface Escape {
  readonly secret: Secret;
  readonly placed: Placed;
}

/** What became of all families at one position. */
export interface Column {
  readonly position: Position;
  /** In the classes that would store such a text. */
  readonly stored: { readonly tried: number; readonly escapes: readonly Escape[] };
  /** In class OPAQUE, where secret rules alone hold. */
  readonly strict: { readonly tried: number; readonly escapes: readonly Escape[] };
}

/** The matrix over the secrets of these seeds, with at most `most` texts for each secret at each position, in turns. */
export function matrix(seeds: readonly number[], most = Number.POSITIVE_INFINITY): Column[] {
  const all = seeds.flatMap(secrets);
  return positions.map((position) => {
    const tries = all.flatMap((secret, turn) =>
      inTurn(position.place(secret), most, turn).map((placed) => ({ secret, placed })),
    );
    const read = (wanted: readonly Escape[]): Column["stored"] => ({
      tried: wanted.length,
      escapes: wanted.filter(({ secret, placed }) => !isCaught(placed, secret)),
    });
    return {
      position,
      stored: read(tries.filter(({ placed }) => placed.class !== "OPAQUE")),
      strict: read(tries.filter(({ placed }) => placed.class === "OPAQUE")),
    };
  });
}

function inTurn<T>(list: readonly T[], most: number, turn: number): T[] {
  return Array.from(
    { length: Math.min(list.length, most) },
    (_, i) => list[(list.length <= most ? i : turn * most + i) % list.length] as T,
  );
}

/** Share of the tries that were caught, in percent; 100 where nothing was tried. */
export function caughtShare({ tried, escapes }: Column["stored"]): number {
  return tried === 0 ? 100 : ((tried - escapes.length) / tried) * 100;
}

/** Whether the guard does not allow the text, and what it would store instead does not hold the secret. */
function isCaught(placed: Placed, secret: Secret): boolean {
  const { action, output } = judge(policyOf(placed.class), Buffer.from(placed.text));
  if (action !== "redact") return action === "reject";
  const stored = Buffer.from(output ?? []).toString();
  return !stored.includes(placed.secret) && !stored.includes(secret.value);
}
