/** The forms that a text may take: what is looked for in bytes, made by hand and not by what might have made it. */
import { createHash } from "node:crypto";

/** A form of one text. */
export interface Form {
  readonly name: string;
  /** Bytes, any of which tells the form. */
  readonly needles: readonly Buffer[];
  /** Whether case does not matter: then the needles are lower-case, and the bytes that are searched are folded. */
  readonly isFolded: boolean;
}

/** The forms that a text can be read back from. */
export function formsOf(text: string): Form[] {
  const bytes = [...Buffer.from(text, "latin1")];
  const each = (write: (byte: number) => string): Buffer => latin1(bytes.map(write).join(""));
  return [
    folded("raw", latin1(text)),
    folded("reversed", latin1([...text].reverse().join(""))),
    exact("base64", ...base64Of(bytes, "+/")),
    exact("base64url", ...base64Of(bytes, "-_")),
    folded("hex", each(hex)),
    folded("spaced hex", each((byte) => `${hex(byte)} `).subarray(0, -1)),
    folded(
      "percent",
      each((byte) => `%${hex(byte)}`),
    ),
    folded(
      "\\u",
      each((byte) => `\\u00${hex(byte)}`),
    ),
    folded(
      "\\x",
      each((byte) => `\\x${hex(byte)}`),
    ),
    folded(
      "HTML",
      each((byte) => `&#x${hex(byte)};`),
      each((byte) => `&#${byte};`),
    ),
    // Without the zero at either end, so that both orders have it.
    folded("UTF-16", each((byte) => String.fromCharCode(byte, 0)).subarray(0, -1)),
  ];
}

/** Hexadecimal digits of a digest that are looked for: one that is cut shorter is not found. */
const digestDigits = 16;

/** Digests of whole texts, each also with a line feed behind it: as bytes, and as they are written. */
export function digestsOf(texts: readonly string[]): Form[] {
  const wholes = [...new Set(texts.flatMap((text) => [text, `${text}\n`]))];
  return ["sha256", "sha1", "md5", "sha512"].flatMap((algorithm) => {
    const digests = wholes.map((text) => createHash(algorithm).update(text, "utf8").digest());
    return [
      folded(`${algorithm} in hex`, ...digests.map((digest) => latin1(digest.toString("hex").slice(0, digestDigits)))),
      exact(
        algorithm,
        ...digests.flatMap((digest) => {
          const start = digest.subarray(0, digestDigits / 2);
          return [start, ...base64Of([...start], "+/"), ...base64Of([...start], "-_")];
        }),
      ),
    ];
  });
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** What every base64 has in it of which the bytes are a part, behind 0, 1 or 2 bytes of a group. */
function base64Of(bytes: readonly number[], last: string): Buffer[] {
  const alphabet = letters + last;
  return [0, 1, 2].map((before) => {
    const bits = bytes.map((byte) => byte.toString(2).padStart(8, "0")).join("");
    // Letters that hold bits of what stands before or behind are left out.
    const start = (6 - ((before * 8) % 6)) % 6;
    let text = "";
    for (let at = start; at + 6 <= bits.length; at += 6)
      text += alphabet[Number.parseInt(bits.slice(at, at + 6), 2)] ?? "";
    return latin1(text);
  });
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

function exact(name: string, ...needles: Buffer[]): Form {
  return { name, needles, isFolded: false };
}

function folded(name: string, ...needles: Buffer[]): Form {
  return { name, needles: needles.map((needle) => latin1(needle.toString("latin1").toLowerCase())), isFolded: true };
}
