/** A copy of the schema with a tenth kind: what a developer would add to proto/, and nothing else. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateInto } from "../../../schema/generate.js";

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
export function addTenthKind(folder: string): string {
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

/** Copies the schema with the tenth kind, and generates everything from it, both below `folder`. Runs buf and cargo. */
export function generateTenthKind(folder: string): void {
  generateInto(join(folder, "generated"), addTenthKind(folder));
}

function insertBehind(path: string, line: string, added: string): void {
  const text = readFileSync(path, "utf8");
  if (!text.includes(line)) throw new Error(`${path} has no line ${line.trim()}`);
  writeFileSync(path, text.replace(line, line + added));
}
