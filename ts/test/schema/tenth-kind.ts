/** A copy of the repository with a tenth kind: what a developer would add to proto/, generated anew, and nothing else. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { copyRepository, repositoryFiles } from "../../../conformance/copy.js";
import { generatedPaths, generateInto } from "../../../schema/generate.js";

/** Number, name in the Record oneof, and list in WorkspaceState of the tenth kind. */
export const tenthKind = { number: 9000, name: "milestone", list: "milestones", listNumber: 900 } as const;

const milestoneProto = `// Something that the work is heading for.
syntax = "proto3";

package baton.state.v1;

import "baton/policy/v1/policy.proto";

// How far it is.
enum MilestoneState {
  // Not told.
  MILESTONE_STATE_UNSPECIFIED = 0;
  // It lies ahead.
  MILESTONE_STATE_AHEAD = 1;
  // It is reached.
  MILESTONE_STATE_REACHED = 2;
}

// Milestone is something that the work is heading for.
message Milestone {
  option (baton.policy.v1.kind) = {
    scope: SCOPE_WORKSPACE
    fold: FOLD_LATEST
    key: "rank"
    key: "name"
    order: ORDER_OBSERVED_AT
    retention: {days: 10}
    terminal: {
      field: "state"
      value: "MILESTONE_STATE_REACHED"
      generation: "generation"
    }
    list: "${tenthKind.list}"
  };

  // Its name.
  optional string name = 1 [(baton.policy.v1.text) = {
    class: TEXT_CLASS_IDENT
    max_bytes: 40
    shape: IDENT_SHAPE_NAME
  }];
  // Where it stands among the others.
  optional int32 rank = 2;
  // How far it is.
  optional MilestoneState state = 3;
  // How often it was moved.
  optional uint32 generation = 4;
}
`;

/** Copies the schema into `folder` and adds the kind there; gives the proto folder of the copy. */
function addTenthKind(folder: string): string {
  mkdirSync(folder, { recursive: true });
  cpSync("proto", join(folder, "proto"), { recursive: true });
  cpSync("buf.yaml", join(folder, "buf.yaml"));
  const state = join(folder, "proto/baton/state/v1");
  writeFileSync(join(state, "milestone.proto"), milestoneProto);
  insertBehind(
    join(state, "record.proto"),
    'import "baton/state/v1/handoff_note.proto";\n',
    'import "baton/state/v1/milestone.proto";\n',
  );
  insertBehind(
    join(state, "record.proto"),
    "    SessionMark session_mark = 24;\n",
    `    // What the work is heading for.\n    Milestone ${tenthKind.name} = ${tenthKind.number};\n`,
  );
  insertBehind(
    join(state, "status.proto"),
    "  repeated Record sessions = 6;\n",
    `  // What the work is heading for.\n  repeated Record ${tenthKind.list} = ${tenthKind.listNumber};\n`,
  );
  return join(folder, "proto");
}

/** Where the copy lies. Always the same place, so that cargo keeps one build of it and compiles dependencies once. */
const place = resolve("rust/target/tenth-kind");

/** Whether there is a cargo to generate and build with. */
export const hasCargo = spawnSync("cargo", ["--version"], { stdio: "ignore" }).status === 0;

/** The copy and its programs. */
export interface TenthKindCopy {
  readonly folder: string;
  /** The library, the command line and the native program, once `buildTenthKind` has made them. */
  readonly library: string;
  readonly cli: string;
  readonly doctor: string;
}

/** Copies all files of the repository, adds the tenth kind, and generates anew. Runs buf and cargo. */
export function copyWithTenthKind(): TenthKindCopy {
  const folder = join(place, "copy");
  const generated = join(place, "generated");
  for (const old of [folder, generated]) rmSync(old, { recursive: true, force: true });
  copyRepository(folder);
  generateInto(generated, addTenthKind(folder));
  for (const path of generatedPaths) {
    rmSync(join(folder, path), { recursive: true, force: true });
    cpSync(join(generated, path), join(folder, path), { recursive: true });
  }
  const doctor = `target/debug/opencode-proxy-doctor${process.platform === "win32" ? ".exe" : ""}`;
  return {
    folder,
    library: join(folder, "dist/index.js"),
    cli: join(folder, "dist/cli.js"),
    doctor: join(place, doctor),
  };
}

/** Builds the programs of the copy as it says itself. */
export function buildTenthKind({ folder }: TenthKindCopy): void {
  const stdio = ["ignore", "ignore", "inherit"] as const;
  execFileSync(process.execPath, ["scripts/build.mjs"], { cwd: folder, stdio: [...stdio] });
  const target = join(place, "target");
  for (const part of [".fingerprint", "build", "deps"])
    linkFiles(resolve("rust/target/debug", part), join(target, "debug", part));
  const doctor = ["--bin", "opencode-proxy-doctor", "--target-dir", target];
  execFileSync("cargo", ["build", "--quiet", "--locked", "--manifest-path", "rust/Cargo.toml", ...doctor], {
    cwd: folder,
    stdio: [...stdio],
    env: { ...process.env, CARGO_INCREMENTAL: "0" },
  });
}

/**
 * Gives the files of a folder of cargo a second name, where they are not there yet: dependencies that are built already
 * serve the copy, too, and cargo never writes to one that is fresh. The crates of the copy have other names.
 */
function linkFiles(from: string, to: string): void {
  if (!existsSync(from)) return;
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [old, other] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkFiles(old, other);
    else if (entry.isFile() && !existsSync(other)) linkSync(old, other);
  }
}

/** Files of the copy that are not as in the repository, or only there, but for what a build makes. */
export function changedFiles({ folder }: TenthKindCopy): string[] {
  const files = new Set([...repositoryFiles(), ...filesBelow(folder)]);
  return [...files].sort().filter((path) => {
    const copied = join(folder, path);
    return !existsSync(path) || !existsSync(copied) || !readFileSync(path).equals(readFileSync(copied));
  });
}

function filesBelow(folder: string, path = ""): string[] {
  return readdirSync(join(folder, path), { withFileTypes: true }).flatMap((entry) => {
    const below = path === "" ? entry.name : `${path}/${entry.name}`;
    if (entry.isSymbolicLink() || below === "dist") return [];
    return entry.isDirectory() ? filesBelow(folder, below) : [below];
  });
}

function insertBehind(path: string, line: string, added: string): void {
  const text = readFileSync(path, "utf8");
  if (!text.includes(line)) throw new Error(`${path} has no line ${line.trim()}`);
  writeFileSync(path, text.replace(line, line + added));
}
