/** What a program of these tests tells the judge, and records that the judge finds again by their names. */
import { writeSync } from "node:fs";
import type { Ack, BatchRecord } from "../../ts/src/index.js";
import { BatonError } from "../../ts/src/record/error.js";

/** The workspace of every record that belongs to one. */
export const workspace = "github.com/acme/proxy";

/** Longer ago than the retention of every kind that is written, in milliseconds. */
const oldMs = 120 * 86_400_000;

/** Prints lines at once. A pipe that is full is waited for. */
export function say(...lines: readonly string[]): void {
  const bytes = Buffer.from(`${lines.join("\n")}\n`);
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
    }
  }
}

/** Tells what was refused: an error of Baton by its code. Any other one goes on, and ends the program. */
export function tellRefusal(step: string, error: unknown): void {
  if (!(error instanceof BatonError)) throw error;
  say(`error ${step} ${error.code}`);
}

/** A record of a name, of a kind that its number chooses; one whose name says that it is old was observed long ago. */
export function recordOf(name: string): BatchRecord {
  const number = Number(name.split("-")[1]);
  const observedAt = realNow() - (name.startsWith("old-") ? oldMs : 0);
  switch (number % 4) {
    case 0:
      return { kind: "handoffNote", init: { text: name }, workspace, observedAt };
    case 1:
      return { kind: "usageEvent", init: { model: name }, observedAt };
    case 2:
      return { kind: "nextAction", init: { text: name }, workspace, observedAt };
    default:
      // One key for all: each replaces the ones before it.
      return { kind: "configFact", init: { subject: "proxy", name: "version", value: name }, observedAt };
  }
}

/** Says that records are about to be written, writes them, and says what was promised. */
export function record(names: readonly string[], write: (records: readonly BatchRecord[]) => readonly Ack[]): void {
  say(...names.map((name) => `try ${name}`));
  try {
    const acks = write(names.map(recordOf));
    say(...acks.map(({ seq, segment }, i) => `ack ${names[i]} ${seq} ${segment}`));
  } catch (error) {
    tellRefusal("record", error);
  }
}

/** Now, whatever BATON_NOW says: milliseconds since 1970. */
export function realNow(): number {
  return Date.now();
}
