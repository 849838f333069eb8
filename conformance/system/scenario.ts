/**
 * A fixed course of events in one process: `scenario.ts HOME`. It says that it is ready and waits for a line, so that a
 * tracer can take hold of the thread that is meant: the main one, or the one worker of the pool. What is refused is told
 * and the next step taken, as a host does. `rust/conformance/src/bin/baton-system/scenario.rs` is that of the Rust side.
 */
import { readdirSync, readFileSync, readSync } from "node:fs";
import { stat } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { Command } from "commander";
import { registerGc } from "../../ts/src/cli/commands/gc.js";
import { printError } from "../../ts/src/cli/output.js";
import { saveSnapshot } from "../../ts/src/client/snapshot.js";
import { readState } from "../../ts/src/client/state.js";
import { guardKind, kindNamed } from "../../ts/src/guard/record.js";
import { keyId, openHome } from "../../ts/src/home/home.js";
import { type Baton, openBaton } from "../../ts/src/index.js";
import { nextStamp } from "../../ts/src/record/stamp.js";
import { instant } from "../../ts/src/segment/instant.js";
import { highestStamp } from "../../ts/src/segment/seed.js";
import { openWriter } from "../../ts/src/segment/writer.js";
import { record, say, tellRefusal, workspace } from "./say.js";

const [dir = ""] = process.argv.slice(2);
const home = openHome({ home: dir, env: {} });
const twoHours = 7_200_000;
let number = 0;

say(`ready ${process.pid} ${await poolThread()}`);
readSync(0, Buffer.alloc(8));

await step("durable", async () => {
  const baton = openBaton({ client: "cli", home: dir, durability: "durable", workspace });
  put(baton, "keep", "old");
  await step("flush", () => baton.flush());
  put(baton, "keep");
  await step("close", () => baton.close());
});
await step("roll", roll);
await step("batch", async () => {
  const baton = openBaton({ client: "cli", home: dir, workspace });
  put(baton, "keep", "old", "keep");
  await step("close", () => baton.close());
});
await step("snapshot", snapshot);
await gc();
await step("unsealed", () => put(openBaton({ client: "cli", home: dir, workspace }), "keep"));
await step("load", snapshot);
say("done");

/**
 * The thread that does what is asked of the pool: the one that falls asleep after each of it. UV_THREADPOOL_SIZE is 1. On a busy
 * machine the next call may come before it sleeps, so this is tried again until one thread stands out.
 */
async function poolThread(): Promise<string> {
  const sleeps = (thread: string): number =>
    Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/self/task/${thread}/status`, "utf8"))?.[1]);
  await stat("/");
  const threads = readdirSync("/proc/self/task").filter((thread) => thread !== String(process.pid));
  for (let tries = 0; tries < 100; tries++) {
    const before = threads.map(sleeps);
    for (let i = 0; i < 16; i++) {
      await stat("/");
      await setTimeout(1);
    }
    const [found, ...others] = threads.filter((thread, i) => sleeps(thread) >= before[i]! + 16);
    if (found !== undefined && others.length === 0) return found;
  }
  throw new Error("no thread of the pool stands out");
}

async function step(name: string, run: () => unknown): Promise<void> {
  try {
    await run();
  } catch (error) {
    tellRefusal(name, error);
  }
}

function put(baton: Baton, ...classes: readonly string[]): void {
  const names = classes.map((name) => `${name}-${++number}-0-0`);
  record(names, (records) => baton.recordAll(records));
}

/** A writer that was idle for two hours, by its own clock, seals its segment and goes on in another one. */
function roll(): void {
  let ahead = 0;
  const clock = () => {
    const { wall, monotonic } = instant();
    return { wall: wall + ahead, monotonic: monotonic + ahead };
  };
  home.create();
  const init = { dir: home.segments, durability: "written", writerName: "test", writerVersion: "0" } as const;
  const writer = openWriter({ ...init, keyId: keyId(home.key()), now: Date.now, clock });
  const note = kindNamed("handoffNote")!;
  for (const pause of [0, twoHours]) {
    ahead += pause;
    const text = `keep-${++number}-0-0`;
    record([text], () => {
      const stamp = nextStamp(highestStamp(home.segments, Date.now()), Date.now());
      const id = `n-${String(number).padStart(16, "0")}`;
      const ack = writer.put(
        guardKind(note, { id, text }, { stamp, observedAt: Date.now(), client: "cli", workspace }),
      );
      writer.commit();
      return [ack];
    });
  }
  writer.close();
}

/** The command: what it prints of an error is what a person sees. */
async function gc(): Promise<void> {
  const program = new Command();
  registerGc(program);
  await program.parseAsync(["gc", "--home", dir], { from: "user" }).catch((error) => {
    printError(error);
    say("error gc told");
  });
}

async function snapshot(): Promise<void> {
  await saveSnapshot(home, readState(home, Date.now()));
}
