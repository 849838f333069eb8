/** The runners of both languages, asked through stdin and stdout. */
import { execFileSync } from "node:child_process";
import { fromBinary } from "@bufbuild/protobuf";
import { sizeDelimitedEncode } from "@bufbuild/protobuf/wire";
import {
  type Request,
  RequestSchema,
  type Response,
  ResponseSchema,
} from "../ts/src/gen/baton/conformance/v1/case_pb.js";

/** Languages that Baton is written in. */
export type Language = "ts" | "rust";

/** All of them. */
export const languages: readonly Language[] = ["ts", "rust"];

/** What a runner answers to a question that it cannot answer yet. No case expects it. */
export const unanswered = "UNANSWERED";

const commands: Readonly<Record<Language, readonly [string, ...string[]]>> = {
  ts: [process.execPath, "--import", "tsx", "conformance/runner.ts"],
  rust: ["cargo", "run", "--quiet", "--manifest-path", "rust/Cargo.toml", "--bin", "baton-conformance"],
};

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
  const [command, ...args] = commands[language];
  const input = Buffer.concat(requests.map((request) => sizeDelimitedEncode(RequestSchema, request)));
  const output = execFileSync(command, args, {
    input,
    maxBuffer: 1024 * 1024 * 1024,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = [...messagesOf(output)].map((bytes) => ({ response: fromBinary(ResponseSchema, bytes), bytes }));
  if (answers.length !== requests.length)
    throw new Error(`the ${language} runner answered ${answers.length} of ${requests.length} requests`);
  return answers;
}

/** Splits a stream of varint-length-delimited messages. */
export function* messagesOf(stream: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < stream.length; ) {
    let size = 0;
    let shift = 1;
    let byte: number;
    do {
      byte = stream[at++] ?? 0;
      size += (byte & 0x7f) * shift;
      shift *= 128;
    } while (byte >= 0x80);
    if (at + size > stream.length) throw new Error("the stream ends inside a message");
    yield stream.subarray(at, at + size);
    at += size;
  }
}
