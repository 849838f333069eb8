/** Go source as tokens: enough to read the examples that a scanner carries in its own code. */

/** A token; strings come decoded. */
export interface GoToken {
  readonly kind: "string" | "word" | "number" | "sign";
  readonly text: string;
}

const pattern =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|(`[^`]*`|"(?:[^"\\\n]|\\.)*")|'(?:[^'\\]|\\.)+'|([A-Za-z_]\w*)|(\d[\w.]*)|(\.\.\.|:=|\+=|==|!=|<=|>=|&&|\|\||[^\s])/g;
const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", a: "\u0007", b: "\b", f: "\f", v: "\v" };

/** Splits source into tokens, without comments. */
export function goTokens(source: string): GoToken[] {
  return [...source.matchAll(pattern)].flatMap(([, string, word, number, sign]): GoToken[] => {
    if (string !== undefined) return [{ kind: "string", text: unquoted(string) }];
    if (word !== undefined) return [{ kind: "word", text: word }];
    if (number !== undefined) return [{ kind: "number", text: number }];
    return sign === undefined ? [] : [{ kind: "sign", text: sign }];
  });
}

function unquoted(literal: string): string {
  const inner = literal.slice(1, -1);
  if (literal.startsWith("`")) return inner;
  return inner.replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/g, (_, ...parts) => {
    const [two, four, eight, octal, sign] = parts as (string | undefined)[];
    const hex = two ?? four ?? eight;
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return octal === undefined ? (escapes[sign ?? ""] ?? sign ?? "") : String.fromCharCode(Number.parseInt(octal, 8));
  });
}
