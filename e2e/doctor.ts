/** `opencode-proxy-doctor` on an isolated machine. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { repository } from "./clients.js";
import type { Machine } from "./isolate.js";

const ending = process.platform === "win32" ? ".exe" : "";
/** Path of the program, as `buildDoctor` builds it. */
export const program = join(repository, "rust/target/debug", `opencode-proxy-doctor${ending}`);

/** Builds it with cargo; throws where that fails. */
export function buildDoctor(): void {
  const args = ["build", "--quiet", "--manifest-path", "rust/Cargo.toml", "--bin", "opencode-proxy-doctor"];
  const { status } = spawnSync("cargo", args, { cwd: repository, stdio: "inherit" });
  if (status !== 0) throw new Error("the doctor cannot be built");
}

/** Runs it in the machine's project, with further variables, and gives what it prints whatever its exit code. */
export function doctor(machine: Machine, args: string[], env: Record<string, string> = {}): string {
  const options = { cwd: machine.project, env: { ...machine.env, ...env }, encoding: "utf8" } as const;
  return spawnSync(program, args, options).stdout;
}
