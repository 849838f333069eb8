import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimAction, closeAction, latestClaim, renewClaim } from "../../src/claim/claim.js";
import type { BatonError } from "../../src/record/error.js";

const action = "a-0123456789abcdef";
const now = 1_700_000_000_000;
const lease = 60_000;
let folder = "";

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "baton-claim-test-")), "claims");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

function refusal(act: () => unknown): { code: string; place: string | undefined } {
  try {
    act();
  } catch (error) {
    const { code, place } = error as BatonError;
    return { code, place };
  }
  throw new Error("was not refused");
}

describe("claims", () => {
  it("the first claim is generation 1, private, and leaves no other file (CLM-001, CLM-002)", () => {
    const claim = claimAction({ folder, action, claimer: "s-00112233aabbccdd", now, lease });
    expect(claim).toEqual({ action, generation: 1, claimer: "s-00112233aabbccdd", leaseUntil: now + lease });
    expect(readdirSync(folder)).toEqual([`${action}.1`]);
    expect(statSync(join(folder, `${action}.1`)).mode & 0o777).toBe(0o600);
    expect(latestClaim({ folder, action })).toEqual(claim);
  });

  it("while a lease lasts a second claim is refused and names the owner, even to the owner (CLM-003)", () => {
    claimAction({ folder, action, claimer: "ann", now, lease });
    const late = { folder, action, now: now + lease - 1, lease };
    expect(refusal(() => claimAction({ ...late, claimer: "bob" }))).toEqual({ code: "BTN-C01", place: "ann" });
    expect(refusal(() => claimAction({ ...late, claimer: "ann" }))).toEqual({ code: "BTN-C01", place: "ann" });
  });

  it("when the lease has ended the next generation is claimed", () => {
    claimAction({ folder, action, claimer: "ann", now, lease });
    expect(claimAction({ folder, action, claimer: "bob", now: now + lease, lease }).generation).toBe(2);
    expect(refusal(() => renewClaim({ folder, action, claimer: "ann", now: now + lease, lease }))).toEqual({
      code: "BTN-C01",
      place: "bob",
    });
  });

  it("renewing keeps the generation and the claimer, also after the lease has ended (CLM-005)", () => {
    claimAction({ folder, action, claimer: "ann", now, lease });
    const renewed = renewClaim({ folder, action, now: now + 2 * lease, lease });
    expect(renewed).toEqual({ action, generation: 1, claimer: "ann", leaseUntil: now + 3 * lease });
    expect(latestClaim({ folder, action })).toEqual(renewed);
  });

  it("who gives a name may only renew and close what that name claimed; who gives none may all (CLM-005)", () => {
    claimAction({ folder, action, claimer: "ann", now, lease });
    const other = { code: "BTN-C01", place: "ann" };
    expect(refusal(() => renewClaim({ folder, action, claimer: "bob", now, lease }))).toEqual(other);
    expect(refusal(() => closeAction({ folder, action, claimer: "bob", state: "done" }))).toEqual(other);
    expect(closeAction({ folder, action, state: "done" })?.generation).toBe(1);
  });

  it("a closed action never reopens, and closing it again is the same or refused (CLM-007)", () => {
    expect(closeAction({ folder, action, state: "done" })).toBeUndefined();
    expect(closeAction({ folder, action, state: "done" })).toBeUndefined();
    const closed = { code: "BTN-C03", place: undefined };
    expect(refusal(() => closeAction({ folder, action, state: "dropped" }))).toEqual(closed);
    expect(refusal(() => claimAction({ folder, action, claimer: "ann", now, lease }))).toEqual(closed);
    expect(refusal(() => renewClaim({ folder, action, now, lease }))).toEqual(closed);
  });

  it("what nobody claimed cannot be renewed", () => {
    expect(refusal(() => renewClaim({ folder, action, now, lease })).code).toBe("BTN-C04");
  });

  it("an id that is none and a claimer that may not be stored write nothing", () => {
    expect(refusal(() => claimAction({ folder, action: "../x", claimer: "ann", now, lease })).code).toBe("BTN-C02");
    expect(refusal(() => claimAction({ folder, action, claimer: "two words", now, lease })).code).toBe("BTN-G01");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("a claim whose content never came counts as ended (CLM-006)", () => {
    claimAction({ folder, action, claimer: "ann", now, lease });
    writeFileSync(join(folder, `${action}.2`), "");
    expect(claimAction({ folder, action, claimer: "bob", now, lease }).generation).toBe(3);
  });
});
