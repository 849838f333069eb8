/** Private keys in PEM (RFC 7468) and OpenPGP armor (PRV-046). */
import { isIn, parseByteSet } from "./byte-set.js";
import type { Finding } from "./finding.js";
import type { Steps } from "./steps.js";
import { literalAt } from "./token.js";

const mostLabel = 48;
const labelBytes = parseByteSet("A-Z0-9 ");
const utf8 = new TextEncoder();
const dashes = utf8.encode("-----");
const labelEnds = [utf8.encode("PRIVATE KEY"), utf8.encode("PRIVATE KEY BLOCK")];

/** How a PEM header starts, in lower case. */
export const pemOpening = "-----begin ";

/** The header of a private key whose opening stands at `start..end`. */
export function matchPrivateKey(text: Uint8Array, start: number, end: number, steps: Steps): Finding | undefined {
  let at = end;
  while (at - end < mostLabel && isIn(labelBytes, text, at)) at++;
  steps.left -= at - end;
  const isPrivate = labelEnds.some((tail) => at - end >= tail.length && literalAt(text, at - tail.length, tail) > 0);
  if (!isPrivate || literalAt(text, at, dashes) === 0) return undefined;
  return { rule: "private-key", start, end: at + dashes.length };
}
