/** Texts that a regular expression of another tool would match, as its own tests generate them. */
import type { Draw } from "../../conformance/draw.js";

const mostExtra = 8;
const shorthands: Readonly<Record<string, string>> = {
  d: "0123456789",
  w: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_",
  s: " ",
};
const controls: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");

/**
 * Draws a text of an expression: literals, classes, groups, alternatives and counts. Boundaries, anchors and flags give
 * nothing; a count without an end gives up to eight more than it must. Throws on look-around and back-references.
 */
export function sampleOf(expression: string, draw: Draw): string {
  let at = 0;
  const text = alternatives();
  if (at < expression.length) throw new Error(`unread expression at ${at}`);
  return text;

  function alternatives(): string {
    const choices: (() => string)[] = [sequence()];
    while (expression[at] === "|") {
      at += 1;
      choices.push(sequence());
    }
    return (choices[draw(choices.length)] as () => string)();
  }

  function sequence(): () => string {
    const pieces: (() => string)[] = [];
    while (at < expression.length && expression[at] !== "|" && expression[at] !== ")") pieces.push(counted(atom()));
    return () => pieces.map((piece) => piece()).join("");
  }

  function counted(piece: () => string): () => string {
    const [whole = "", sign = "", least, comma, most] =
      /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(expression.slice(at)) ?? [];
    if (whole === "") return piece;
    at += whole.length;
    const min = least === undefined ? (sign === "+" ? 1 : 0) : Number(least);
    const open = sign === "?" ? 1 : min + mostExtra;
    const max = least === undefined ? open : most ? Number(most) : comma ? open : min;
    return () => Array.from({ length: min + draw(Math.min(max - min, 4 * mostExtra) + 1) }, piece).join("");
  }

  function atom(): () => string {
    const sign = expression[at++] as string;
    if (sign === "(") return group();
    if (sign === "[") return oneOf(members());
    if (sign === ".") return oneOf(printable);
    if (sign === "^" || sign === "$") return () => "";
    return sign === "\\" ? escaped() : () => sign;
  }

  function group(): () => string {
    const [opening = ""] = /^\?(?:[a-z-]*[:)]|P?<\w+>)/.exec(expression.slice(at)) ?? [];
    at += opening.length;
    if (opening.endsWith(")")) return () => "";
    if (expression[at] === "?") throw new Error("look-around");
    const start = at;
    alternatives();
    const inner = expression.slice(start, at);
    at += 1;
    return () => sampleOf(inner, draw);
  }

  function escaped(): () => string {
    const sign = expression[at++] as string;
    if (/[bBAzZ]/.test(sign)) return () => "";
    if (sign === "x") return () => hexadecimal();
    const set = shorthands[sign];
    return set ? oneOf(set) : () => controls[sign] ?? sign;
  }

  function hexadecimal(): string {
    at += 2;
    return String.fromCharCode(Number.parseInt(expression.slice(at - 2, at), 16));
  }

  /** The bytes of a class, without its brackets. */
  function members(): string {
    const isNegated = expression[at] === "^";
    if (isNegated) at += 1;
    let set = "";
    for (let first = true; expression[at] !== "]" || first; first = false) {
      const from = member();
      const isRange = expression[at] === "-" && expression[at + 1] !== "]" && from.length === 1;
      if (isRange) at += 1;
      const to = isRange ? member() : from;
      set += isRange && to.length === 1 ? span(from, to) : from + (isRange ? `-${to}` : "");
    }
    at += 1;
    return isNegated ? [...printable].filter((sign) => !set.includes(sign)).join("") : set;
  }

  function member(): string {
    const sign = expression[at++] as string;
    if (sign !== "\\") return sign;
    const letter = expression[at++] as string;
    if (letter === "x") return hexadecimal();
    return shorthands[letter] ?? controls[letter] ?? letter;
  }

  function oneOf(set: string): () => string {
    return () => set.charAt(draw(set.length));
  }
}

function span(from: string, to: string): string {
  const start = from.charCodeAt(0);
  return Array.from({ length: to.charCodeAt(0) - start + 1 }, (_, i) => String.fromCharCode(start + i)).join("");
}
