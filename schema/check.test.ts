/** Every planted break of the schema is refused, on a copy of it. */
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { acceptSchema } from "./accept.js";
import {
  baselineFile,
  breakingProblems,
  conventionProblems,
  inventoryFile,
  inventoryProblems,
  lintProblems,
} from "./check.js";
import { staleFiles } from "./fresh.js";
import { generatedPaths, generateInto } from "./generate.js";
import { compareInventories } from "./inventory.js";

const folders: string[] = [];

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "baton-schema-"));
  folders.push(folder);
  return folder;
}

/** Copy of the schema in which one text stands for another in one file; gives its proto folder. */
function copyWith(file = "", from = "", to = ""): string {
  const root = temporaryFolder();
  cpSync("proto", join(root, "proto"), { recursive: true });
  cpSync("buf.yaml", join(root, "buf.yaml"));
  if (file) {
    const path = join(root, "proto/baton", file);
    const text = readFileSync(path, "utf8");
    expect(text).toContain(from);
    writeFileSync(path, text.replace(from, to));
  }
  return join(root, "proto");
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const pointer = "state/v1/pointer.proto";
const note = "state/v1/handoff_note.proto";
const action = "state/v1/next_action.proto";

it("the schema as committed passes every check", () => {
  const proto = copyWith();
  expect(lintProblems(proto)).toEqual([]);
  expect(breakingProblems(proto, baselineFile)).toEqual([]);
  expect(conventionProblems(proto)).toEqual([]);
  expect(inventoryProblems(proto, inventoryFile)).toEqual([]);
});

describe("the conventions refuse", () => {
  const field = "  // What it points at.\n";
  const cases: [string, string, string, string, string][] = [
    [
      "an unclassified string field",
      pointer,
      field,
      `  // Title.\n  optional string title = 30;\n${field}`,
      "text class",
    ],
    ["an unclassified bytes field", pointer, field, `  // Blob.\n  optional bytes blob = 30;\n${field}`, "text class"],
    [
      "an unclassified repeated string",
      pointer,
      field,
      `  // Tags.\n  repeated string tags = 30;\n${field}`,
      "text class",
    ],
    ["a map", pointer, field, `  // Counts.\n  map<uint32, uint32> counts = 30;\n${field}`, "is a map"],
    ["a field without comment", pointer, field, "", "has no comment"],
    ["a field that is not lower_snake_case", pointer, "uint32 number", "uint32 theNumber", "lower_snake_case"],
    ["a scalar without presence", pointer, "optional uint32 number", "uint32 number", 'without "optional"'],
    [
      "a type that the tables do not know",
      pointer,
      "optional uint32 number",
      "optional sint32 number",
      "type is not one",
    ],
    ["opaque text in a record", note, "{class: TEXT_CLASS_NOTE}", "{class: TEXT_CLASS_OPAQUE}", "OPAQUE text"],
    [
      "opaque text in a support bundle",
      "support/v1/bundle.proto",
      "{class: TEXT_CLASS_NOTE}",
      "{class: TEXT_CLASS_OPAQUE}",
      "OPAQUE text in a support bundle",
    ],
    [
      "a limit above that of the class",
      note,
      "{class: TEXT_CLASS_NOTE}",
      "{\n    class: TEXT_CLASS_NOTE\n    max_bytes: 201\n  }",
      "above the limit",
    ],
    ["a kind without key", note, '    key: "id"\n', "", "without identity key"],
    ["a kind without retention", note, "    retention: {days: 30}\n", "", "without retention"],
    ["a kind without scope", note, "    scope: SCOPE_WORKSPACE\n", "", "without scope"],
    [
      "a kind without comment",
      note,
      "// HandoffNote is one guarded line for whoever comes next. It never holds chat, code or output.\n",
      "\n",
      "has no comment",
    ],
    ["a key that is no field", note, 'key: "id"', 'key: "nobody"', 'names a field "nobody"'],
    ["a terminal value that is none", action, '"ACTION_STATE_DONE"', '"ACTION_STATE_GONE"', '"ACTION_STATE_GONE"'],
    [
      "a kind outside Record",
      "state/v1/record.proto",
      "    // A short note to the next session.\n    HandoffNote handoff_note = 19;\n",
      "",
      "not in the oneof",
    ],
    ["two codes with one id", "state/v1/check.proto", '"BTN-D02"', '"BTN-D01"', "is taken"],
    [
      "a check that nothing makes warn or fail",
      "state/v1/check.proto",
      '    fails: "the guard lets pass what it must refuse, or refuses everything"\n',
      "",
      "makes it warn or fail",
    ],
    [
      "a text class without a limit",
      "policy/v1/policy.proto",
      "  TEXT_CLASS_OPAQUE = 9;\n",
      "  TEXT_CLASS_OPAQUE = 9;\n  // New.\n  TEXT_CLASS_NEW = 10;\n",
      "has no limit",
    ],
  ];
  it.each(cases)("%s", (_, file, from, to, words) => {
    const problems = conventionProblems(copyWith(file, from, to));
    expect(problems.join("\n")).toContain(words);
  });

  it.each(["Any", "Struct", "Value", "Timestamp"])("google.protobuf.%s", (name) => {
    const module = name === "Value" ? "struct" : name.toLowerCase();
    const proto = copyWith(pointer, field, `  // Whatever.\n  optional google.protobuf.${name} what = 30;\n${field}`);
    const path = join(proto, "baton", pointer);
    const imported = `import "google/protobuf/${module}.proto";\n`;
    writeFileSync(path, readFileSync(path, "utf8").replace("import ", `${imported}import `));
    expect(conventionProblems(proto).join("\n")).toContain(`is google.protobuf.${name}`);
  });

  it("generating from a schema that breaks one", () => {
    const proto = copyWith(note, '    key: "id"\n', "");
    expect(() => generateInto(temporaryFolder(), proto)).toThrow();
  });
});

describe("buf lint refuses", () => {
  it("an enum value without comment", () => {
    const proto = copyWith(action, "  // Nobody works on it.\n", "");
    expect(lintProblems(proto).join("\n")).toContain("ACTION_STATE_OPEN");
  });
  it("an enum that does not start at unspecified", () => {
    const proto = copyWith(action, "ACTION_STATE_UNSPECIFIED", "ACTION_STATE_NONE");
    expect(lintProblems(proto).join("\n")).toContain("_UNSPECIFIED");
  });
  it("an enum value without the prefix of its enum", () => {
    const proto = copyWith(action, "ACTION_STATE_CLAIMED", "CLAIMED");
    expect(lintProblems(proto).join("\n")).toContain("CLAIMED");
  });
});

describe("buf breaking refuses", () => {
  const cases: [string, string, string, string][] = [
    ["a renumbered field", pointer, "optional uint32 number = 2;", "optional uint32 number = 30;"],
    ["a renamed field", pointer, "optional bool active = 7;", "optional bool current = 7;"],
    ["a changed type", pointer, "optional uint32 number = 2;", "optional uint64 number = 2;"],
    [
      "a deleted field without reservation",
      pointer,
      "  // Whether it is the one in hand; among several of one type the latest is.\n  optional bool active = 7;\n",
      "",
    ],
    ["a deleted enum value", action, "  // It will not be done.\n  ACTION_STATE_DROPPED = 4;\n", ""],
    [
      "a kind that left the oneof",
      "state/v1/record.proto",
      "    HandoffNote handoff_note = 19;",
      "    HandoffNote handoff_note = 30;",
    ],
  ];
  it.each(cases)("%s", (_, file, from, to) => {
    expect(breakingProblems(copyWith(file, from, to), baselineFile)).not.toEqual([]);
  });
});

describe("the inventory refuses, where buf sees nothing,", () => {
  const cases: [string, string, string, string][] = [
    ["a raised limit", action, "max_bytes: 40\n", "max_bytes: 41\n"],
    ["a deleted limit", action, "    max_bytes: 40\n", ""],
    ["another class", pointer, "{class: TEXT_CLASS_REF}", "{class: TEXT_CLASS_NOTE}"],
    ["a deleted shape", action, "    shape: IDENT_SHAPE_ALIAS\n", ""],
    [
      "one more digest length",
      "state/v1/validation.proto",
      "    hex_length: 32\n",
      "    hex_length: 32\n    hex_length: 64\n",
    ],
    [
      "one more allowed value",
      "state/v1/usage_event.proto",
      '    value: "timeout"\n',
      '    value: "timeout"\n    value: "other"\n',
    ],
    ["longer retention", note, "retention: {days: 30}", "retention: {days: 31}"],
    [
      "winners kept for ever",
      note,
      "retention: {days: 30}",
      "retention: {\n      days: 30\n      keep_latest: true\n    }",
    ],
    ["another identity key", note, 'key: "id"', 'key: "category"'],
    ["another scope", "state/v1/session_mark.proto", "scope: SCOPE_WORKSPACE", "scope: SCOPE_MACHINE"],
    ["a terminal state less", action, '      value: "ACTION_STATE_DROPPED"\n', ""],
    ["another id for a code", "state/v1/check.proto", '"BTN-D01"', '"BTN-D99"'],
  ];
  it.each(cases)("%s", (_, file, from, to) => {
    const proto = copyWith(file, from, to);
    expect(breakingProblems(proto, baselineFile)).toEqual([]);
    expect(inventoryProblems(proto, inventoryFile).join("\n")).toMatch(/^(loosened or changed|deleted): /m);
  });

  it("nothing of an added field or a tighter limit, but asks for it to be accepted", () => {
    const before = ["field a.B.c 1 string class=IDENT max=40", "kind a.B 16 key=c keep=true days=30"];
    const after = [
      "field a.B.c 1 string class=IDENT max=20 shape=NAME",
      "field a.B.d 2 uint32",
      "kind a.B 16 key=c keep=false days=7",
    ];
    const { acceptable, refused } = compareInventories(before, after);
    expect(refused).toEqual([]);
    expect(acceptable.map((line) => line.split(":")[0])).toEqual(["added", "tightened", "tightened"]);
  });
});

describe("accepting", () => {
  /** Copies of the accepted files beside a copy of the schema. */
  function accepted(): { baseline: string; inventory: string } {
    const folder = temporaryFolder();
    const files = { baseline: join(folder, "baseline.binpb"), inventory: join(folder, "inventory.txt") };
    cpSync(baselineFile, files.baseline);
    cpSync(inventoryFile, files.inventory);
    return files;
  }
  const comment = "  // What it points at.\n";

  it("takes an added field, and the check then passes", () => {
    const { baseline, inventory } = accepted();
    const proto = copyWith(pointer, comment, `  // Stars.\n  optional uint32 stars = 30;\n${comment}`);
    expect(inventoryProblems(proto, inventory).join("\n")).toContain(
      "added: field baton.state.v1.Pointer.stars 30 uint32",
    );
    expect(acceptSchema(proto, baseline, inventory)).toEqual([]);
    expect(inventoryProblems(proto, inventory)).toEqual([]);
    expect(breakingProblems(copyWith(), baseline).join("\n")).toContain("stars");
  });

  it.each([
    ["a renumbered field", pointer, "uint32 number = 2;", "uint32 number = 30;"],
    ["a loosened policy", note, "retention: {days: 30}", "retention: {days: 90}"],
    ["a broken convention", note, '    key: "id"\n', ""],
    ["a missing comment", action, "  // Nobody works on it.\n", ""],
  ])("refuses %s and writes nothing", (_, file, from, to) => {
    const { baseline, inventory } = accepted();
    const before = [readFileSync(baseline), readFileSync(inventory)];
    expect(acceptSchema(copyWith(file, from, to), baseline, inventory)).not.toEqual([]);
    expect([readFileSync(baseline), readFileSync(inventory)]).toEqual(before);
  });
});

describe("generated code", () => {
  let fresh = "";
  beforeAll(() => {
    fresh = temporaryFolder();
    generateInto(fresh);
  });

  it("is what a fresh generation into an empty folder makes", () => {
    expect(staleFiles(".", fresh, generatedPaths)).toEqual([]);
  });

  it("is refused when a file is stale, missing, or made by nobody", () => {
    const root = temporaryFolder();
    for (const path of generatedPaths) cpSync(join(fresh, path), join(root, path), { recursive: true });
    expect(staleFiles(root, fresh, generatedPaths)).toEqual([]);
    appendFileSync(join(root, "ts/src/gen/tables.ts"), "\n");
    rmSync(join(root, "docs/codes.md"));
    writeFileSync(join(root, "rust/state/src/gen/left_over.rs"), "");
    expect(existsSync(join(root, "docs/codes.md"))).toBe(false);
    expect(staleFiles(root, fresh, generatedPaths).sort()).toEqual([
      "docs/codes.md: is missing",
      "rust/state/src/gen/left_over.rs: is not generated",
      "ts/src/gen/tables.ts: is stale",
    ]);
  });
});
