/** The line protocol of the guard: both programs asked the same random lines. */
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { drawFrom } from "./draw.js";
import { ownSecrets, randomLine } from "./guard-lines.js";
import type { Language } from "./languages.js";

const programs: Readonly<Record<Language, readonly [string, ...string[]]>> = {
  ts: [process.execPath, "--import", "tsx", "ts/src/cli/main.ts", "guard"],
  rust: ["rust/target/debug/opencode-proxy-doctor", "guard"],
};
const seed = Number(process.env.BATON_SEED ?? Date.now() % 0x7fffffff);
const count = Number(process.env.BATON_GUARD_LINES ?? 12_000);

function answersOf(language: Language, input: Uint8Array): string[] {
  const [command, ...args] = programs[language];
  const output = execFileSync(command, args, {
    input,
    env: { ...process.env, ...ownSecrets },
    maxBuffer: 1024 * 1024 * 1024,
    stdio: ["pipe", "pipe", "inherit"],
  });
  return output.toString().split("\n").slice(0, -1);
}

it(`both programs answer ${count} random lines with the same bytes (BATON_SEED=${seed})`, () => {
  execFileSync("cargo", ["build", "-q", "--manifest-path", "rust/Cargo.toml", "--bin", "opencode-proxy-doctor"]);
  const draw = drawFrom(seed);
  const lines = Array.from({ length: count }, () => randomLine(draw));
  const input = Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")]));
  const [ts, rust] = [answersOf("ts", input), answersOf("rust", input)];
  expect([ts.length, rust.length]).toEqual([count, count]);
  const differing = lines.flatMap((line, i) =>
    ts[i] === rust[i] ? [] : [{ line: Buffer.from(line).toString("latin1"), ts: ts[i], rust: rust[i] }],
  );
  expect(differing).toEqual([]);
  for (const action of ["allow", "redact", "reject"])
    expect(ts.filter((answer) => answer.startsWith(`{"action":"${action}"`)).length).toBeGreaterThan(count / 50);
}, 300_000);
