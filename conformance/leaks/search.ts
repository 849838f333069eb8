/**
 * The search for text that must not be where it is: in any bytes, as it stands and in every form that a program may have
 * given it without meaning to hide it. The real clients' test (e2e/) and the one of the programs here use it alike.
 */
import { digestsOf, type Form, formsOf } from "./forms.js";
import { inflated } from "./inflate.js";

/** Where a text was found. */
export interface Found {
  /** Name of the place that the text was put into. */
  readonly channel: string;
  /** Name of the form that it was found in, as docs/privacy-proof.md lists them. */
  readonly form: string;
}

/** A text that is looked for. */
export interface Planted {
  /** Name of the place that it is put into. */
  readonly channel: string;
  /** What nothing else has in it: 6 bytes of ASCII or more. */
  readonly marker: string;
  /** The whole texts that are put there, the marker in them: their digests are looked for too. */
  readonly texts?: readonly string[];
}

/** Looks for all that was planted; gives each channel and form that it finds once, in the order of planting. */
export type Search = (bytes: Uint8Array) => Found[];

/** How deep streams within streams are inflated. */
const mostDepth = 2;

/**
 * Makes the search for some texts. `part` is what all markers have in them: where no whole marker is, it is looked for as
 * well. Throws RangeError on a marker that would be found by chance.
 */
export function searchFor(planted: readonly Planted[], part?: string): Search {
  const wholes = planted.flatMap(formsIn);
  const parts = part === undefined ? [] : formsIn({ channel: "a part of one", marker: part });
  return (bytes) => {
    const readings = readingsOf(bytes, mostDepth);
    const found = foundIn(readings, wholes);
    return found.length > 0 ? found : foundIn(readings, parts);
  };
}

/** A form that belongs to a channel. */
interface ChannelForm {
  readonly channel: string;
  readonly form: Form;
}

function formsIn({ channel, marker, texts = [] }: Planted): ChannelForm[] {
  if (!/^[\x20-\x7e]{6,}$/.test(marker)) throw new RangeError(`the marker of ${channel} is too short, or not ASCII`);
  return [...formsOf(marker), ...digestsOf([marker, ...texts])].map((form) => ({ channel, form }));
}

function foundIn(readings: readonly Reading[], forms: readonly ChannelForm[]): Found[] {
  const found = new Map<string, Found>();
  for (const { plain, folded, via } of readings) {
    for (const { channel, form } of forms) {
      const name = form.name + via;
      const key = `${channel} ${name}`;
      if (!found.has(key) && holds(form.isFolded ? folded : plain, form)) found.set(key, { channel, form: name });
    }
  }
  return [...found.values()];
}

function holds(bytes: Buffer, { needles }: Form): boolean {
  return needles.some((needle) => bytes.includes(needle));
}

/** Bytes as they are, and with the ASCII letters of the upper case lowered. */
interface Reading {
  readonly plain: Buffer;
  readonly folded: Buffer;
  /** What is added to the name of a form that is found here. */
  readonly via: string;
}

/** The bytes themselves, and what the streams of deflate in them hold. */
function readingsOf(bytes: Uint8Array, depth: number, via = ""): Reading[] {
  const plain = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const readings = [{ plain, folded: foldCase(plain), via }];
  if (depth === 0) return readings;
  for (const { name, content } of inflated(plain)) readings.push(...readingsOf(content, depth - 1, `${via}, ${name}`));
  return readings;
}

function foldCase(bytes: Buffer): Buffer {
  const folded = Buffer.from(bytes);
  for (let i = 0; i < folded.length; i++) {
    const byte = folded[i] as number;
    if (byte >= 0x41 && byte <= 0x5a) folded[i] = byte + 0x20;
  }
  return folded;
}
