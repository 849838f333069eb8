/** A runner that stays alive between questions, and what the system says of its memory. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { sizeDelimitedEncode } from "@bufbuild/protobuf/wire";
import { type Request, RequestSchema } from "../../ts/src/gen/baton/conformance/v1/case_pb.js";
import { type Language, type Profile, runnerCommand } from "../languages.js";
import { wholeMessages } from "../messages.js";

/** Memory of a process in bytes, as Linux counts it. */
export interface Memory {
  /** Most that lay in memory since the process started, or since `forgetPeak`. */
  readonly peakResident: number;
  readonly resident: number;
  /** Most address space since the process started: memory that was asked for and never touched, too. */
  readonly peakReserved: number;
}

/** A runner in a process of its own. */
export interface RunnerProcess {
  readonly language: Language;
  /** Asks several questions; gives the bytes of the answers. Throws where the process ends, or is silent for `silence`. */
  ask(requests: readonly Request[]): Promise<Uint8Array[]>;
  /** Undefined where the system does not tell. */
  memory(): Memory | undefined;
  /** Sets the peak of the memory back to what lies there now. */
  forgetPeak(): void;
  /** Ends the process. */
  stop(): void;
}

/** Milliseconds after which a runner that gives no answer counts as one that hangs. */
const silence = 300_000;

/** Starts the runner of a language. */
export function startRunner(language: Language, profile: Profile): RunnerProcess {
  const folder = mkdtempSync(join(tmpdir(), "baton-runner-"));
  const [command, ...args] = runnerCommand(language, folder, profile);
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  // A process that ended is found out by its silence.
  child.stdin.on("error", () => {});
  const chunks: AsyncIterator<Uint8Array> = child.stdout[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  return {
    language,
    async ask(requests) {
      const answers: Uint8Array[] = [];
      const timer = setTimeout(() => child.kill("SIGKILL"), silence);
      child.stdin.write(Buffer.concat(requests.map((request) => sizeDelimitedEncode(RequestSchema, request))));
      while (answers.length < requests.length) {
        const { value, done } = await chunks.next();
        if (done) throw new Error(`the ${language} runner ${endOf(child)} after ${answers.length} answers`);
        const whole = wholeMessages(rest.length === 0 ? value : Buffer.concat([rest, value]));
        answers.push(...whole.messages);
        rest = whole.rest;
      }
      clearTimeout(timer);
      return answers;
    },
    memory: () => memoryOf(child.pid),
    forgetPeak: () => writeFileSync(`/proc/${child.pid}/clear_refs`, "5"),
    stop() {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function endOf({ exitCode, signalCode }: ChildProcessByStdio<Writable, Readable, null>): string {
  return signalCode === null ? `ended with ${exitCode ?? "its output closed"}` : `was ended by ${signalCode}`;
}

function memoryOf(pid: number | undefined): Memory | undefined {
  if (process.platform !== "linux") return undefined;
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  const bytesOf = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) * 1024;
  return { peakResident: bytesOf("VmHWM"), resident: bytesOf("VmRSS"), peakReserved: bytesOf("VmPeak") };
}
