import { describe, expect, it } from "vitest";
import { createCounter, type TestCounts } from "../../src/run/counts.js";

function countsOf(...lines: string[]): TestCounts | undefined {
  const counter = createCounter();
  counter.stream()(Buffer.from(`${lines.join("\n")}\n`));
  return counter.counts();
}

describe("test counts of known runners (RUN-004)", () => {
  const known: [name: string, lines: string[], counts: TestCounts | undefined][] = [
    [
      "vitest",
      [" Test Files  1 failed | 1 passed (2)", "      Tests  1 failed | 2 passed | 1 skipped (4)"],
      { passed: 2, failed: 1 },
    ],
    [
      "vitest in colour",
      ["\u001b[2m      Tests \u001b[22m \u001b[1m\u001b[32m40 passed\u001b[39m\u001b[22m\u001b[90m (40)\u001b[39m"],
      { passed: 40, failed: 0 },
    ],
    [
      "jest",
      ["Test Suites: 1 failed, 1 total", "Tests:       1 failed, 1 skipped, 2 passed, 4 total"],
      { passed: 2, failed: 1 },
    ],
    [
      "node --test",
      ["✔ a (0.5ms)", "ℹ tests 4", "ℹ suites 0", "ℹ pass 2", "ℹ fail 1", "ℹ cancelled 1", "ℹ skipped 0"],
      { passed: 2, failed: 2 },
    ],
    [
      "node --test as TAP",
      [
        "TAP version 13",
        "# Subtest: a",
        "ok 1 - a",
        "not ok 2 - b",
        "1..2",
        "# tests 2",
        "# pass 1",
        "# fail 1",
        "# cancelled 0",
      ],
      { passed: 1, failed: 1 },
    ],
    ["mocha", ["", "  12 passing (30ms)", "  1 pending", "  2 failing", ""], { passed: 12, failed: 2 }],
    ["pytest", ["============ 1 failed, 2 passed, 1 skipped, 1 error in 0.12s ============"], { passed: 2, failed: 2 }],
    ["pytest -q after a minute", ["4 passed, 1 warning in 61.20s (0:01:01)"], { passed: 4, failed: 0 }],
    [
      "cargo test with several binaries",
      [
        "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        "test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s",
      ],
      { passed: 7, failed: 2 },
    ],
    [
      "cargo nextest",
      ["     Summary [   0.123s] 12 tests run: 9 passed (1 slow, 1 flaky), 2 failed, 1 timed out, 3 skipped"],
      { passed: 9, failed: 3 },
    ],
    [
      "go test -v",
      [
        "=== RUN   TestA",
        "=== RUN   TestA/sub",
        "--- PASS: TestA (0.00s)",
        "    --- PASS: TestA/sub (0.00s)",
        "=== RUN   TestB",
        "--- FAIL: TestB (0.00s)",
      ],
      { passed: 1, failed: 1 },
    ],
    [
      "go test, which names only what failed",
      ["--- FAIL: TestB (0.00s)", "FAIL", "ok  \texample.org/a\t0.01s"],
      undefined,
    ],
    [
      "go test -json",
      [
        '{"Action":"run","Package":"p","Test":"TestA"}',
        '{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\\n"}',
        '{"Action":"pass","Package":"p","Test":"TestA/sub","Elapsed":0}',
        '{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0}',
        '{"Action":"fail","Package":"p","Test":"TestB","Elapsed":0}',
        '{"Action":"fail","Package":"p","Elapsed":0.1}',
      ],
      { passed: 1, failed: 1 },
    ],
    [
      "TAP",
      ["1..4", "ok 1", "ok 2 - b # SKIP no network", "not ok 3 - c", "not ok 4 - d # TODO later"],
      { passed: 1, failed: 1 },
    ],
    ["TAP with the plan at the end", ["ok 1 - a", "ok 2 - b", "1..2"], { passed: 2, failed: 0 }],
    [
      "vitest and cargo, one after the other",
      ["      Tests  3 passed (3)", "test result: ok. 2 passed; 0 failed; 0 ignored"],
      { passed: 5, failed: 0 },
    ],
    ["lines that end in CR LF", ["Tests:       2 passed, 2 total\r"], { passed: 2, failed: 0 }],
    [
      "prose that only looks like it",
      ["3 passing remarks", "ok 1 apple", "# pass 3", "It passed in 3s", "Tests failed"],
      undefined,
    ],
    ["no tests", ["pytest: no tests ran in 0.01s", "done"], undefined],
  ];
  for (const [name, lines, counts] of known) it(name, () => expect(countsOf(...lines)).toEqual(counts));

  it("are the same however the output is cut into chunks", () => {
    const output = Buffer.from("ℹ tests 3\nℹ pass 2\nℹ fail 1\n      Tests  1 failed | 2 passed (3)");
    for (let size = 1; size <= output.length; size += 1) {
      const counter = createCounter();
      const see = counter.stream();
      for (let at = 0; at < output.length; at += size) see(output.subarray(at, at + size));
      expect(counter.counts()).toEqual({ passed: 4, failed: 2 });
    }
  });

  it("do not mix the lines of two streams", () => {
    const counter = createCounter();
    const [out, err] = [counter.stream(), counter.stream()];
    out(Buffer.from("Tests:   "));
    err(Buffer.from("Tests:    1 passed, 1 total\n"));
    out(Buffer.from("    2 passed, 2 total\n"));
    expect(counter.counts()).toEqual({ passed: 3, failed: 0 });
  });

  it("take little time and memory for lines without end and hostile ones", () => {
    const counter = createCounter();
    const see = counter.stream();
    const start = performance.now();
    see(Buffer.alloc(50_000_000, 0x20));
    for (const text of ["1 a, ", "Tests:  1 passed, ", "Summary [ 1", "\u001b[", "(", "# "]) {
      for (let round = 0; round < 20; round += 1) see(Buffer.from(`${text.repeat(3000)}\n`));
    }
    expect(counter.counts()).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
