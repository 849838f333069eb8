/** Texts that are hard on the guard: what its rules start on, repeated, so that many of them look and none ends soon. */
import { readFileSync } from "node:fs";
import type { Draw } from "../../conformance/draw.js";
import { membersOf } from "../../conformance/guard-lines.js";
import type { RulePack } from "../../ts/src/guard/pack.js";

/** A text as a unit that is repeated up to a length: its pieces, joined. */
export type Unit = readonly string[];

const pack = JSON.parse(readFileSync("rules/rule-pack.json", "utf8")) as RulePack;
const sets = pack.tokens
  .flatMap(({ parts, lead }) => [...parts, ...(lead ? [lead] : [])])
  .flatMap(({ set }) => set ?? []);
const starts = [
  ...pack.tokens.flatMap(({ literals }) => literals),
  ...(pack.named ?? []).flatMap(({ names }) => names),
  ...pack.assignment.keywords,
  ...pack.assignment.operators,
  ...pack.turnMarks,
  ...pack.placeholders.parts,
  ...pack.commands.programs.flatMap(({ names }) => names),
];
const glue = [
  ..."\"'`\\ \t\n=:;,/@&?#%{}()[]<>|$.-_~*!",
  "://",
  "-----BEGIN ",
  "PRIVATE KEY-----",
  "-u ",
  "user:",
  "bearer ",
  "%25",
  "%41",
  "\\u0041",
  "\\x41",
  "&#65;",
  "&#x41;",
  "QUJD",
  "414243",
  "a1",
  "aA1",
  "é",
  "к",
];
const mostPieces = 12;

/** A unit of a few random pieces. */
export function randomUnit(draw: Draw): Unit {
  return Array.from({ length: 1 + draw(4) }, () => randomPiece(draw));
}

/** A unit that differs in one piece. */
export function changedUnit(draw: Draw, unit: Unit): Unit {
  const pieces = [...unit];
  const at = draw(pieces.length);
  const isFull = pieces.length >= mostPieces;
  switch (draw(isFull ? 2 : 4)) {
    case 0:
      pieces[at] = randomPiece(draw);
      break;
    case 1:
      if (pieces.length > 1) pieces.splice(at, 1);
      break;
    case 2:
      pieces.splice(at, 0, randomPiece(draw));
      break;
    default:
      pieces.splice(at, 0, pieces[draw(pieces.length)] as string);
  }
  return pieces;
}

/** UTF-8 of the unit, repeated and cut to so many bytes. */
export function textOf(unit: Unit, bytes: number): Uint8Array {
  const once = Buffer.from(unit.join(""));
  let end = bytes;
  const text = Buffer.alloc(bytes + 4, once);
  while (end > 0 && ((text[end] as number) & 0xc0) === 0x80) end--;
  return text.subarray(0, end);
}

function randomPiece(draw: Draw): string {
  switch (draw(4)) {
    case 0:
      return pick(draw, starts);
    case 1:
      return pick(draw, glue);
    case 2: {
      const set = membersOf(pick(draw, sets));
      return Array.from({ length: 1 + draw(40) }, () => set.charAt(draw(set.length))).join("");
    }
    default:
      return pick(draw, [...glue, "a", "A", "0"]).repeat(1 + draw(24));
  }
}

function pick<T>(draw: Draw, list: readonly T[]): T {
  return list[draw(list.length)] as T;
}
