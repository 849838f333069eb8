/** What the doctor says of the clients, for `baton init --check`. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fromJsonString } from "@bufbuild/protobuf";
import { type CheckReport, CheckReportSchema } from "../gen/baton/state/v1/check_pb.js";
import { onPath } from "./find.js";
import type { InitPlace } from "./init.js";

const doctor = "opencode-proxy-doctor";

/** Runs the doctor on the state directory. Gives its report, or in one line why nothing was checked. */
export function runDoctor(place: InitPlace): CheckReport | string {
  const beside = join(
    place.dist,
    "..",
    "rust",
    "target",
    "release",
    place.platform === "win32" ? `${doctor}.exe` : doctor,
  );
  const program = existsSync(beside) ? beside : onPath(doctor, place.env, place.platform);
  if (program === undefined) return `state and clients were not checked: ${doctor} is neither built nor on PATH`;
  const { stdout, error } = spawnSync(program, ["check", "--json", "--fail-on", "never", "--home", place.state], {
    env: place.env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 60_000,
    maxBuffer: 1 << 24,
  });
  try {
    if (error) throw error;
    return fromJsonString(CheckReportSchema, stdout, { ignoreUnknownFields: true });
  } catch {
    return `state and clients were not checked: ${doctor} gave no answer`;
  }
}
