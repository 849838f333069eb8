/** The runners of both languages, asked through stdin and stdout. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { sizeDelimitedEncode } from "@bufbuild/protobuf/wire";
import {
  type Request,
  RequestSchema,
  type Response,
  ResponseSchema,
} from "../ts/src/gen/baton/conformance/v1/case_pb.js";
import { bundle } from "./bundle.js";
import { messagesOf } from "./messages.js";

/** Languages that Baton is written in. */
export type Language = "ts" | "rust";

/** All of them. */
export const languages: readonly Language[] = ["ts", "rust"];

/** Profiles of cargo that a runner is built with. */
export type Profile = "dev" | "release";

/** The command of a runner; `folder` takes what has to be built for it. */
export function runnerCommand(language: Language, folder: string, profile: Profile = "dev"): [string, ...string[]] {
  if (language === "ts") return [process.execPath, bundle("conformance/runner.ts", folder)];
  const cargo = ["run", "--quiet", "--profile", profile, "--manifest-path", "rust/Cargo.toml"];
  return ["cargo", ...cargo, "--bin", "baton-conformance"];
}

/** An answer and the bytes that it came in. */
export interface Answer {
  readonly response: Response;
  readonly bytes: Uint8Array;
}

/**
 * Asks one runner all questions in one run. Throws where it ends with an error, or answers fewer questions than it was
 * asked.
 */
export function ask(language: Language, requests: readonly Request[]): Answer[] {
  const input = Buffer.concat(requests.map((request) => sizeDelimitedEncode(RequestSchema, request)));
  const output = runOf(language, input);
  const answers = messagesOf(output).map((bytes) => ({ response: fromBinary(ResponseSchema, bytes), bytes }));
  if (answers.length !== requests.length)
    throw new Error(`the ${language} runner answered ${answers.length} of ${requests.length} requests`);
  return answers;
}

function runOf(language: Language, input: Uint8Array): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "baton-runner-"));
  try {
    const [command, ...args] = runnerCommand(language, folder);
    return execFileSync(command, args, {
      input,
      maxBuffer: 1024 * 1024 * 1024,
      stdio: ["pipe", "pipe", "inherit"],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
