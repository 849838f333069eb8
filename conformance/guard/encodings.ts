/** Encodings of a text, each in the spellings that programs print. */

/** An encoding, or one inside the other. */
export interface Encoding {
  readonly name: string;
  encode(text: string): string[];
  /** The class besides NOTE and COMMAND that can hold it. */
  readonly holds?: "URL" | "REPO_PATH";
}

const bytesOf = (text: string): number[] => [...Buffer.from(text)];
const hexOf = (byte: number): string => byte.toString(16).padStart(2, "0");

/** Base64 of the text at each of the three alignments, so that it starts anywhere inside of a group. */
const base64 = (text: string): string[] =>
  ["", "a ", "{ "].map((before) => Buffer.from(before + text).toString("base64"));
const base64url = (text: string): string[] =>
  ["", "a ", "b"].map((before) => Buffer.from(`${before} ${text}`.trimStart()).toString("base64url"));
const percent = (text: string): string[] => [
  bytesOf(text)
    .map((byte) => `%${hexOf(byte).toUpperCase()}`)
    .join(""),
  bytesOf(text)
    .map((byte, i) => (i % 3 === 0 ? `%${hexOf(byte)}` : String.fromCharCode(byte)))
    .join(""),
];
const hex = (text: string): string[] => {
  const all = Buffer.from(text).toString("hex");
  return [all, all.toUpperCase()];
};
const unicode = (text: string): string[] => [
  bytesOf(text)
    .map((byte) => `\\u00${hexOf(byte)}`)
    .join(""),
];
const escaped = (text: string): string[] => [
  bytesOf(text)
    .map((byte) => `\\x${hexOf(byte)}`)
    .join(""),
];
const html = (text: string): string[] => [
  bytesOf(text)
    .map((byte) => `&#${byte};`)
    .join(""),
  bytesOf(text)
    .map((byte) => `&#x${hexOf(byte)};`)
    .join(""),
];

/** Every encoding, and every pair that is asked for. */
export const encodings: readonly Encoding[] = [
  { name: "base64", encode: base64, holds: "REPO_PATH" },
  { name: "base64url", encode: base64url, holds: "REPO_PATH" },
  { name: "percent", encode: percent, holds: "URL" },
  { name: "hexadecimal", encode: hex, holds: "REPO_PATH" },
  { name: "\\u escapes", encode: unicode },
  { name: "\\x escapes", encode: escaped },
  { name: "HTML entities", encode: html },
  { name: "percent, then base64", encode: (text) => percent(text).flatMap(base64), holds: "REPO_PATH" },
  { name: "percent twice", encode: (text) => percent(text).map((once) => once.replaceAll("%", "%25")), holds: "URL" },
  { name: "base64 twice", encode: (text) => base64(text).flatMap(base64), holds: "REPO_PATH" },
  { name: "base64, then percent", encode: (text) => base64(text).flatMap(percent), holds: "URL" },
];
