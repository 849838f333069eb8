/** That the search finds what is planted, in every form and place, and nothing else. */
import { createHash } from "node:crypto";
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { drawFrom } from "../draw.js";
import { searchFor } from "./search.js";

const marker = "canary?~prompt>";
const text = `so it is said: ${marker}, and no more`;
const search = searchFor([
  { channel: "prompt", marker, texts: [text] },
  { channel: "answer", marker: "canary-answer" },
]);

/** How programs write a text, by what Node and JavaScript themselves do with it. */
const forms: readonly [string, (text: string) => Uint8Array | string][] = [
  ["raw", (text) => text],
  ["raw", (text) => text.toUpperCase()],
  ["reversed", (text) => [...text].reverse().join("")],
  ["hex", (text) => Buffer.from(text).toString("hex")],
  ["hex", (text) => Buffer.from(text).toString("hex").toUpperCase()],
  ["spaced hex", (text) => Array.from(Buffer.from(text), (byte) => byte.toString(16).padStart(2, "0")).join(" ")],
  ["percent", (text) => Buffer.from(text).toString("hex").replace(/../g, "%$&")],
  ["percent", (text) => Buffer.from(text).toString("hex").toUpperCase().replace(/../g, "%$&")],
  ["\\u", (text) => text.replace(/./g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`)],
  ["\\u", (text) => text.replace(/./g, (sign) => `\\u00${sign.charCodeAt(0).toString(16).toUpperCase()}`)],
  ["\\x", (text) => text.replace(/./g, (sign) => `\\x${sign.charCodeAt(0).toString(16)}`)],
  ["HTML", (text) => text.replace(/./g, (sign) => `&#${sign.charCodeAt(0)};`)],
  ["HTML", (text) => text.replace(/./g, (sign) => `&#x${sign.charCodeAt(0).toString(16).toUpperCase()};`)],
  ["UTF-16", (text) => Buffer.from(text, "utf16le")],
  ["UTF-16", (text) => Buffer.from(text, "utf16le").swap16()],
  ["raw, gzip", (text) => gzipSync(text)],
  ["raw, zlib", (text) => deflateSync(text)],
  ["raw, zlib", (text) => deflateSync(text, { windowBits: 9, level: 1 })],
  ["raw, gzip", (text) => namedGzip(text)],
  ["hex, gzip", (text) => gzipSync(Buffer.from(text).toString("hex"))],
  ["raw, gzip, zlib", (text) => gzipSync(Buffer.concat([deflateSync(text), Buffer.alloc(4000, "a")]))],
];

/** A stream of gzip whose head names a file. */
function namedGzip(text: string): Buffer {
  const stream = gzipSync(text);
  return Buffer.concat([
    stream.subarray(0, 3),
    Buffer.of(8),
    stream.subarray(4, 10),
    Buffer.from("a.txt\0"),
    stream.subarray(10),
  ]);
}

const seed = Number(process.env.BATON_SEED ?? Date.now() % 0x7fffffff);
const draw = drawFrom(seed);
const noise = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, () => draw(256)));
const before = noise(4099);
const after = noise(1021);

function around(written: Uint8Array | string): Buffer {
  return Buffer.concat([before, Buffer.from(written), after]);
}

describe(`the search for planted text (BATON_SEED=${seed})`, () => {
  it("finds nothing where nothing is: random bytes, and the text without its marker", () => {
    expect(search(noise(1 << 16))).toEqual([]);
    expect(search(Buffer.from(text.replace(marker, "canary prompt")))).toEqual([]);
    expect(search(new Uint8Array(0))).toEqual([]);
  });

  for (const [i, [form, write]] of forms.entries())
    it(`finds it as ${form} (${i})`, () => {
      expect(search(around(write(text)))).toEqual([{ channel: "prompt", form }]);
      expect(search(around(write(marker)))).toEqual([{ channel: "prompt", form }]);
    });

  for (const encoding of ["base64", "base64url"] as const)
    it(`finds it in ${encoding}, at each of the three places in a group`, () => {
      for (const lead of ["", "1", "22", "333"]) {
        const written = Buffer.from(`${lead}${marker} and so on`).toString(encoding);
        expect(search(around(written)), lead).toEqual([{ channel: "prompt", form: encoding }]);
      }
    });

  it("finds digests of the marker and of the whole text, with a line feed or not, as bytes, hex and base64", () => {
    for (const algorithm of ["sha256", "sha1", "md5", "sha512"])
      for (const whole of [marker, text, `${text}\n`]) {
        const digest = createHash(algorithm).update(whole).digest();
        const found = (form: string) => [{ channel: "prompt", form }];
        expect(search(around(digest))).toEqual(found(algorithm));
        expect(search(around(digest.toString("base64")))).toEqual(found(algorithm));
        expect(search(around(digest.subarray(0, 8).toString("base64url")))).toEqual(found(algorithm));
        expect(search(around(digest.toString("hex").slice(0, 16)))).toEqual(found(`${algorithm} in hex`));
      }
  });

  it("names each channel that it finds, and says each form once", () => {
    const written = [text, text, "canary-answer", Buffer.from("canary-answer").toString("hex")].join("\n");
    expect(search(Buffer.from(written))).toEqual([
      { channel: "prompt", form: "raw" },
      { channel: "answer", form: "raw" },
      { channel: "answer", form: "hex" },
    ]);
  });

  it("finds what stands in a stream that is torn", () => {
    const stream = gzipSync(Buffer.from(text.repeat(20) + noise(4096).toString("hex")));
    expect(search(stream.subarray(0, stream.length - 900))).toEqual([{ channel: "prompt", form: "raw, gzip" }]);
  });

  it("looks for the part that all markers share where no whole one is", () => {
    const sharing = searchFor([{ channel: "prompt", marker }], "canary");
    expect(sharing(around("CANARY"))).toEqual([{ channel: "a part of one", form: "raw" }]);
    expect(sharing(around("canary-pro"))).toEqual([{ channel: "a part of one", form: "raw" }]);
    expect(sharing(around(text))).toEqual([{ channel: "prompt", form: "raw" }]);
    expect(sharing(around("can ary"))).toEqual([]);
  });

  it("refuses a marker that would be found by chance", () => {
    expect(() => searchFor([{ channel: "prompt", marker: "abc" }])).toThrow("too short");
  });
});
