/** The lease of both languages is one (SEG-055): real processes and files. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { takeLease } from "../../src/home/lease.js";

const program = resolve("rust/target/debug/examples/lease");
if (!existsSync(program)) throw new Error(`${program} is not built: run npm test, or cargo build --examples`);

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "baton-lease-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const locks = () => join(root, "locks");

/** A process in Rust that asks for the lease, and what it says. */
function other() {
  const child: ChildProcessWithoutNullStreams = spawn(program, [locks(), "gc"]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<number | null>((done) => child.on("exit", done));
  return {
    says: async () => (await lines.next()).value as string,
    ask: async () => {
      child.stdin.write("\n");
      return (await lines.next()).value as string;
    },
    end: () => {
      child.stdin.end();
      return ended;
    },
    kill: () => {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

/** Lets as much time pass as makes a lease an old one. */
function age(name: string): void {
  const past = new Date(Date.now() - 11 * 60_000);
  utimesSync(join(locks(), name), past, past);
}

describe("the lease that is held in one language", () => {
  it("is refused in the other, until it is given back", async () => {
    const mine = takeLease(locks(), "gc");
    expect(await other().says()).toBe("busy");
    expect(mine?.holds()).toBe(true);
    mine?.release();
    const theirs = other();
    expect(await theirs.says()).toBe("held");
    expect(takeLease(locks(), "gc")).toBeUndefined();
    expect(await theirs.ask()).toBe("held");
    expect(await theirs.end()).toBe(0);
    expect(readdirSync(locks())).toEqual([]);
    takeLease(locks(), "gc")?.release();
  });

  it("is taken over in the other ten minutes after it was touched last, and its holder sees that", async () => {
    const theirs = other();
    expect(await theirs.says()).toBe("held");
    age("gc.1");
    const mine = takeLease(locks(), "gc");
    expect(mine?.touch()).toBe(true);
    expect(await theirs.ask()).toBe("lost");
    age("gc.2");
    const third = other();
    expect(await third.says()).toBe("held");
    expect([mine?.holds(), mine?.touch()]).toEqual([false, false]);
    await third.end();
    expect(readdirSync(locks())).toEqual([]);
    await theirs.end();
  });

  it("is touched by its holder, so that it stays its own", async () => {
    const theirs = other();
    expect(await theirs.says()).toBe("held");
    age("gc.1");
    expect(await theirs.ask()).toBe("held");
    expect(takeLease(locks(), "gc")).toBeUndefined();
    await theirs.kill();
    expect(takeLease(locks(), "gc")).toBeUndefined();
    age("gc.1");
    expect(takeLease(locks(), "gc")?.holds()).toBe(true);
  });
});
