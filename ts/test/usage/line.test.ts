import { describe, expect, test } from "vitest";
import { identityOf, parseLine, printLine } from "../../src/usage/line.js";
import { fixture, generated, line, now } from "./build.js";

/** The event of a line that is not refused. */
function eventOf(text: string) {
  const parsed = parseLine(text);
  if (parsed.verdict === "refused") throw new Error(`refused by ${parsed.refusal.rule}`);
  return parsed.event;
}

describe("lines that upstream wrote (USE-001, USE-002)", () => {
  test.each(["sample.jsonl", "mixed.jsonl", "mixed.pruned.jsonl", "spring.jsonl"])(
    "every line of %s comes back byte for byte",
    (name) => {
      for (const text of fixture(name).split("\n").slice(0, -1)) {
        const parsed = parseLine(text);
        expect(parsed.verdict).toBe("exact");
        expect(parsed.verdict !== "refused" && printLine(parsed.event)).toBe(text);
      }
    },
  );

  test("20,000 generated lines come back byte for byte, in about a second", () => {
    const lines = generated(20_000, 11).split("\n").slice(0, -1);
    expect(lines.length).toBe(20_000);
    const wrong = lines.filter((text) => parseLine(text).verdict !== "exact");
    expect(wrong).toEqual([]);
  });

  test("numbers come back in every spelling of JSON.stringify", () => {
    for (const cost of [0, 1e-7, 1e21, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, -3.5, 123456789012345680000])
      expect(parseLine(line({ cost, ts: now + 0.5 }))).toMatchObject({ verdict: "exact", event: { cost } });
  });
});

describe("lines that say more or say it otherwise are normalised (USE-002, USE-010, USE-011)", () => {
  test.each([
    ["an unknown key", line({ note: "x" }), {}],
    ["a number as text", line({ latency_ms: "12" }), { latencyMs: 12 }],
    ["a fraction where upstream rounds", line({ total_tokens: 12.5 }), { totalTokens: 13 }],
    ["another spelling of a number", line().replace('"status":200', '"status":2e2'), { status: 200 }],
    ["a missing field", line({ cost: undefined }), { cost: undefined }],
    ["a carriage return", `${line()}\r`, {}],
    ["429 without rate_limited", line({ status: 429, ok: false, error_class: "rate_limit" }), { rateLimited: true }],
    ["a minus zero", line().replace('"cost":null', '"cost":-0'), { cost: 0 }],
    ["a list in place of a number", line({ cost: [1] }), { cost: undefined }],
    ["a newer version", line({ v: 2 }), { v: 1 }],
  ])("%s", (_, text, event) => {
    expect(parseLine(text)).toMatchObject({ verdict: "normalised", event });
  });

  test("a normalised line is exact once it is printed", () => {
    const event = eventOf(line({ v: 2, model: "", cost: "0.5", more: [], error_class: null, ok: 0 }));
    expect(parseLine(printLine(event))).toMatchObject({ verdict: "exact", event: { model: "unknown", cost: 0.5 } });
  });

  test("error_type decides the class and is kept nowhere (USE-005, USE-013)", () => {
    const canary = "canary-Socket-TIMEOUT";
    const event = eventOf(line({ ok: false, status: 500, error_class: undefined, error_type: canary }));
    expect(event.errorClass).toBe("timeout");
    expect(JSON.stringify(event)).not.toContain("canary");
    const classOf = (changes: object) => eventOf(line({ ok: false, error_class: undefined, ...changes })).errorClass;
    expect(classOf({ status: 429, error_type: "timeout" })).toBe("rate_limit");
    expect(classOf({ status: 504 })).toBe("timeout");
    expect(classOf({ status: 0, error_type: "NetworkError" })).toBe("network");
    expect(classOf({ status: 503 })).toBe("http_5xx");
    expect(classOf({ status: 404 })).toBe("http_4xx");
    expect(classOf({ status: 200 })).toBe("unknown");
    expect(classOf({ status: 200, ok: true })).toBeUndefined();
  });
});

describe("texts are cleaned as upstream cleans them (USE-012)", () => {
  test.each([
    ["a text that is too long", "a".repeat(121), "a".repeat(120)],
    ["a number", 7, "7"],
    ["true", true, "true"],
    ["zero", 0, "unknown"],
    ["an object", { name: "m1" }, "unknown"],
  ])("%s", (_, model, expected) => {
    expect(eventOf(line({ model })).model).toBe(expected);
  });
});

describe("lines are refused with the field and the rule, never with the value (USE-004)", () => {
  test.each([
    ["no JSON", "{", undefined, "json"],
    ["a list", "[]", undefined, "object"],
    ["null", "null", undefined, "object"],
    ["no time", line({ ts: undefined }), "usage_event.ts", "time"],
    ["a time that no calendar has", line({ ts: 1e17 }), "usage_event.ts", "time"],
    ["an integer that is not safe", line({ total_tokens: 2 ** 53 }), "usage_event.total_tokens", "range"],
    ["a status above 32 bits", line({ status: 2 ** 32 }), "usage_event.status", "range"],
  ])("%s", (_, text, field, rule) => {
    const refusal = field === undefined ? { code: "BTN-U01", rule } : { code: "BTN-U01", rule, field };
    expect(parseLine(text)).toEqual({ verdict: "refused", refusal });
  });

  test.each([
    ["model", "a model with spaces"],
    ["returned_model", "модель"],
    ["day", "2026-11-22T00:00"],
    ["usage_source", "a/b"],
    ["limit_reset_at", "in a while"],
    ["limit_source", "\ud800"],
    ["error_class", "my disk is full"],
  ])("%s outside its text class", (field, value) => {
    const parsed = parseLine(line({ [field]: value }));
    expect(parsed).toMatchObject({ verdict: "refused", refusal: { code: "BTN-U01", field: `usage_event.${field}` } });
    expect(JSON.stringify(parsed)).not.toContain(value);
  });
});

test("two events are the same when all but day and error_class is equal (USE-020)", () => {
  const identity = (changes: object) => identityOf(eventOf(line({ ok: false, ...changes })));
  const base = identity({});
  expect(identity({ day: "2026-01-01", error_class: "network" })).toBe(base);
  for (const change of [{ ts: now + 1 }, { model: "m2" }, { cost: 0 }, { rate_limit_limit: 1 }, { usage_source: "" }])
    expect(identity(change)).not.toBe(base);
});
