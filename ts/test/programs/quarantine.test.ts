/** `audit --quarantine` of the doctor, with the other language as a witness (SEG-080, SEG-081, SEG-082). */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { craft, note, sealed, withRecord } from "../../../conformance/craft.js";
import { takeLease } from "../../src/home/lease.js";
import { answers, fileOf } from "../merge/home.js";
import { makePlace, ok, type Place } from "./harness.js";

let place: Place;
beforeEach(() => {
  place = makePlace();
  ok(place.baton("note", "makes the directory", "--workspace", "github.com/acme/proxy"));
});
afterEach(() => place.remove());

const dir = () => join(place.home, "segments");
const token =
  ["gh", "p_"].join("") + Array.from({ length: 36 }, (_, n) => "abcdefghijklmnopqrstuvwxyz"[(n * 7) % 26]).join("");

/** A sealed segment with records of kinds known and not, of which those that are asked for end in the token. */
function segment(name: string, secrets: readonly number[]) {
  return [1, 2, 3, 4, 5].reduce((sofar, n) => {
    const { kind, payload } = n === 4 ? { kind: 9999, payload: Buffer.from("of a newer kind") } : note(n);
    const more = secrets.includes(n) ? Buffer.from(`\xd2\x05\x28${token}`, "latin1") : Buffer.alloc(0);
    return withRecord(sofar, { kind, payload: Buffer.concat([payload, more]) });
  }, craft(name));
}

const put = (crafted: ReturnType<typeof craft>) => writeFileSync(join(dir(), fileOf(crafted)), sealed(crafted));
const holds = (text: string) => text.includes(token) || text.includes(Buffer.from(token).toString("hex"));
const exported = (ask: Place["baton"]) => ok(ask("export", "--jsonl")).replace(/"segment":"[0-9a-f]{32}",/g, "");

describe("what is taken out", () => {
  it("is gone for both programs, which read all other records as before, byte for byte", () => {
    put(segment("a", [2, 4]));
    put(segment("b", []));
    put(segment("c", [1, 2, 3, 4, 5]));
    ok(place.baton("status"));
    const expected = answers(dir()).filter((line) => !holds(line));
    expect(expected).toHaveLength(1 + 3 + 5);
    const run = place.doctor("audit", "--quarantine");
    expect([run.status, run.stderr]).toEqual([0, ""]);
    expect(run.stdout).toContain("taken out: 7 frames of 2 segments\n");
    expect(answers(dir())).toEqual(expected);
    expect(exported(place.baton)).toBe(exported(place.doctor));
    expect(exported(place.baton).trim().split("\n")).toHaveLength(9);
    expect(ok(place.baton("verify", "--json"))).toBe(ok(place.doctor("verify", "--json")));
    for (const file of readdirSync(dir())) expect(holds(readFileSync(join(dir(), file), "latin1"))).toBe(false);
    ok(place.doctor("audit"));
  });

  it("does not come back with the file that a backup brings back, and survives gc", () => {
    const old = segment("a", [2]);
    put(old);
    ok(place.doctor("audit", "--quarantine"));
    const after = answers(dir());
    put(old);
    expect(answers(dir())).toEqual(after);
    expect(place.doctor("audit").status).toBe(1);
    ok(place.baton("gc"));
    // Notes as old as the crafted ones are past their days.
    expect(after).toEqual(expect.arrayContaining(answers(dir())));
    ok(place.doctor("audit"));
  });
});

describe("one at a time (SEG-055)", () => {
  it("while a compaction holds the lease the doctor changes nothing, and says why", () => {
    put(segment("a", [2]));
    const before = readdirSync(dir());
    const lease = takeLease(join(place.home, "locks"), "gc");
    const busy = place.doctor("audit", "--quarantine");
    expect([busy.status, busy.stdout]).toEqual([1, ""]);
    expect(busy.stderr).toContain("BTN-S09");
    expect(readdirSync(dir())).toEqual(before);
    lease?.release();
    ok(place.doctor("audit", "--quarantine"));
  });
});
