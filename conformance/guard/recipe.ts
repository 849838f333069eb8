/** Recipes: texts made of literals and of random bytes from a seed, so that no file holds anything like a secret. */
import type { Part } from "../../ts/src/guard/pack.js";
import { drawFrom } from "../draw.js";
import { membersOf } from "../guard-lines.js";
import type { Piece } from "./row.js";

export type { Part };

/** A seed below 65,536 from a rule id, so that a recipe stays the same when rules come and go. */
export function seedOf(id: string): number {
  return [...Buffer.from(id)].reduce((seed, byte) => (seed * 31 + byte) % 65_536, 7);
}

/** The shortest text of a part. */
export function pieceOf(part: Part, seed: number): Piece {
  if (part.literal !== undefined) return { literal: part.literal };
  return { alphabet: membersOf(part.set ?? ""), length: part.min ?? 0, seed };
}

/** The text of a recipe. */
export function textOf(recipe: readonly Piece[]): string {
  return recipe.map(expand).join("");
}

/** Length in bytes of the text of a recipe whose literals are ASCII. */
export function lengthOf(recipe: readonly Piece[]): number {
  return recipe.reduce((sum, piece) => sum + ("literal" in piece ? piece.literal.length : piece.length), 0);
}

function expand(piece: Piece): string {
  if ("literal" in piece) return piece.literal;
  const draw = drawFrom(piece.seed);
  return Array.from({ length: piece.length }, () => piece.alphabet.charAt(draw(piece.alphabet.length))).join("");
}
