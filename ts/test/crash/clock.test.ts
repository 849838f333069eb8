import { expect, it, vi } from "vitest";
import { sealed } from "../../../conformance/craft.js";
import { day, instants, now, segment, usage } from "../gc/records.js";
import { fileOf } from "../merge/home.js";
import { answersOf, compactable, compactedHome, type Files } from "./compaction.js";
import { say } from "./runs.js";

vi.setConfig({ testTimeout: 3_600_000 });

const state = compactedHome();
const years = 3650 * day;

/** What a compaction at an instant leaves. */
function compacted(files: Files, at: number) {
  state.hold(files);
  expect(state.gc(undefined, at)).toBe(true);
  return answersOf(state.files());
}

it("a clock that jumps ten years ahead or back makes a compaction let nothing go that the right clock keeps", () => {
  const files = compactable();
  const { records: kept } = compacted(files, now);
  const { shown } = answersOf(files);
  for (const at of [now + years, now - years]) {
    const left = compacted(files, at);
    expect(
      kept.filter((each) => !left.records.includes(each)),
      `at ${at - now}`,
    ).toEqual([]);
    expect(left.shown.slice(0, 1), `at ${at - now}`).toEqual(shown.slice(0, 1));
    // Set right again, it goes on as if nothing had been.
    state.hold(state.files());
    state.gc();
    expect(answersOf(state.files()), `at ${at - now}, and once more`).toEqual({ records: kept, shown });
  }
  say(`clocks: ${2 * instants.length} answers after compactions ten years off`);
});

it("a record that a clock ten years ahead stamped makes no other one old, for any clock", () => {
  const future = segment("of a clock ahead", usage(-3650, "ahead"));
  const files = new Map([...compactable(), [fileOf(future), sealed(future)]]);
  const { records: kept } = compacted(files, now);
  for (const at of [now + 365 * day, now - years]) {
    const left = compacted(files, at);
    expect(
      kept.filter((each) => !left.records.includes(each)),
      `at ${at - now}`,
    ).toEqual([]);
  }
});
