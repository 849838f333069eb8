/** What a writer is made to do on a disk that fails, and what it says of it. */
import type { GuardedRecord } from "../../src/guard/record.js";
import type { Instant } from "../../src/segment/instant.js";
import { type Ack, type Durability, openWriter, type Writer } from "../../src/segment/writer.js";
import { note, start } from "../segment/writing.js";
import type { CrashFiles } from "./files.js";
import { identityOf, type Ledger } from "./law.js";

/** A step of a run. */
export type Step =
  /** Puts so many records and commits; `bytes` is the size of each payload, that of a note unless given. */
  | { readonly do: "batch"; readonly records: number; readonly bytes?: number }
  | { readonly do: "flush" }
  /** Flushes, and puts and commits so many records while the sync is under way. */
  | { readonly do: "flush and batch"; readonly records: number }
  /** Two flushes at once. */
  | { readonly do: "flush twice" }
  /** Time goes on, or is set: milliseconds of the two clocks. */
  | { readonly do: "wait"; readonly wall: number; readonly monotonic: number }
  /** Closes, and opens another writer. */
  | { readonly do: "reopen" };

/** Payloads of records, each of them once. */
export interface Numbered {
  next(bytes: number | undefined): { readonly number: number; readonly record: GuardedRecord };
}

/** Records that tell their number in their payload. */
export function numbered(): Numbered {
  let number = 0;
  return {
    next(bytes) {
      const record = noteOf(++number);
      if (bytes === undefined) return { number, record };
      const payload = new Uint8Array(bytes);
      payload.set(record.payload);
      return { number, record: { ...record, payload } as GuardedRecord };
    },
  };
}

const made: GuardedRecord[] = [];

function noteOf(number: number): GuardedRecord {
  made[number] ??= note(`note ${number}`, BigInt(number) << 16n);
  return made[number];
}

/** Runs the steps until they end or the process is gone. What is acknowledged is told to the ledger as it comes. */
export async function runSteps(
  steps: readonly Step[],
  durability: Durability,
  files: CrashFiles,
  { ledger, records }: { readonly ledger: Ledger; readonly records: Numbered },
): Promise<void> {
  const clock: Instant & { wall: number; monotonic: number } = { wall: start, monotonic: 0 };
  const init = { dir: "", durability, writerName: "test", writerVersion: "0", files };
  const open = (): Writer => openWriter({ ...init, now: () => clock.wall, clock: () => ({ ...clock }) });
  let writer = open();

  function batch(count: number, bytes?: number): void {
    const put: [string, Ack][] = [];
    try {
      for (let i = 0; i < count; i++) {
        const { number, record } = records.next(bytes);
        const ack = writer.put(record);
        const identity = identityOf({ writer: writer.id, seq: ack.seq, payload: record.payload });
        ledger.attempted.set(identity, number);
        put.push([identity, ack]);
      }
      writer.commit();
    } catch {
      return;
    }
    if (files.isGone()) return;
    for (const [identity, { segment }] of put) ledger.written.set(identity, segment);
  }

  async function flush(beside: () => void = () => {}): Promise<void> {
    const before = [...ledger.written.keys()].filter((identity) => identity.startsWith(writer.id));
    let state: "waiting" | "done" | "failed" = "waiting";
    writer.flush().then(
      () => (state = "done"),
      () => (state = "failed"),
    );
    await turns(8);
    beside();
    for (let turn = 0; state === "waiting"; turn++) {
      if (turn > 1000) throw new Error("a flush that never ends");
      files.runSyncs();
      await turns(8);
    }
    if (state !== "done" || durability === "written" || files.isGone()) return;
    for (const identity of before) ledger.durable.add(identity);
  }

  for (const step of steps) {
    if (step.do === "batch") batch(step.records, step.bytes);
    else if (step.do === "flush") await flush();
    else if (step.do === "flush and batch") await flush(() => batch(step.records));
    else if (step.do === "flush twice") await Promise.all([flush(), flush()]);
    else if (step.do === "wait") {
      clock.wall += step.wall;
      clock.monotonic += step.monotonic;
    } else {
      writer.close();
      writer = open();
    }
    if (files.isGone()) return;
  }
  writer.close();
}

/** Lets what is promised go on so many times. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await undefined;
}
