/** The line protocol of the guard, compared between the languages on random lines. */
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { guardLine } from "../ts/src/guard/lines.js";
import { drawFrom, randomLine } from "./guard-lines.js";

const program = ["cargo", "run", "--quiet", "--manifest-path", "rust/Cargo.toml", "-p", "baton-state"];
const seed = Number(process.env.BATON_SEED ?? Date.now() % 0x7fffffff);
const count = Number(process.env.BATON_GUARD_LINES ?? 12_000);

it(`both languages answer ${count} random lines with the same bytes (BATON_SEED=${seed})`, () => {
  const draw = drawFrom(seed);
  const lines = Array.from({ length: count }, () => randomLine(draw));
  const [command = "", ...args] = [...program, "--example", "guard_lines"];
  const output = execFileSync(command, args, {
    input: Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")])),
    maxBuffer: 1024 * 1024 * 1024,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = output.toString().split("\n").slice(0, -1);
  expect(answers.length).toBe(count);
  const actions = new Map<string, number>();
  lines.forEach((line, i) => {
    const answer = guardLine(line);
    const shown = Buffer.from(line).toString("latin1");
    expect({ shown, answer: answers[i] }).toEqual({ shown, answer });
    const action = (JSON.parse(answer) as { action: string }).action;
    actions.set(action, (actions.get(action) ?? 0) + 1);
  });
  for (const action of ["allow", "redact", "reject"]) expect(actions.get(action) ?? 0).toBeGreaterThan(count / 50);
}, 300_000);
