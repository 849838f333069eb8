/** Code points that hide a secret from who looks for its letters. */

/** A way to hide a value. */
export interface Trick {
  readonly name: string;
  /** Disguised values; none where the value has no byte that the trick works on. */
  disguise(value: string): string[];
}

/** Letters of Cyrillic and Greek that look like those of Latin. */
const twins: Readonly<Record<string, string>> = {
  a: "а",
  c: "с",
  e: "е",
  i: "і",
  j: "ј",
  o: "о",
  p: "р",
  s: "ѕ",
  x: "х",
  y: "у",
  A: "Α",
  B: "В",
  C: "С",
  E: "Ε",
  H: "Н",
  I: "Ι",
  K: "К",
  M: "М",
  N: "Ν",
  O: "О",
  P: "Р",
  T: "Т",
  X: "Х",
  Y: "Υ",
  Z: "Ζ",
};
const zeroWidth = ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u180e"];
const controls = ["\u0000", "\u0001", "\u0008", "\u001b", "\u007f", "\u0085"];

/** Every trick. */
export const tricks: readonly Trick[] = [
  { name: "split by zero-width", disguise: (value) => zeroWidth.map((mark) => split(value, mark)) },
  { name: "full-width letters", disguise: (value) => [wide(value), wide(value.slice(0, 4)) + value.slice(4)] },
  { name: "homoglyphs", disguise: look },
  { name: "split by a control byte", disguise: (value) => controls.map((mark) => split(value, mark)) },
];

function split(value: string, mark: string): string {
  const middle = Math.floor(value.length / 2);
  return value.slice(0, middle) + mark + value.slice(middle);
}

function wide(value: string): string {
  return value.replace(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0));
}

/** The first letter that has a twin replaced, and every one. */
function look(value: string): string[] {
  const twinOf = (letter: string): string => twins[letter] ?? letter;
  const first = value.replace(/[aceijopsxyABCEHIKMNOPTXYZ]/, twinOf);
  const all = value.replace(/./g, twinOf);
  return first === value ? [] : [...new Set([first, all])];
}
