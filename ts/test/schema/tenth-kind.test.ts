/** A tenth kind is a change of the schema and nothing else. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Protobuf from "@bufbuild/protobuf";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generatedPaths } from "../../../schema/generate.js";
import type * as Fold from "../../src/fold/fold.js";
import type * as State from "../../src/fold/state.js";
import type * as Status from "../../src/fold/status.js";
import type * as StatusPb from "../../src/gen/baton/state/v1/status_pb.js";
import type * as Tables from "../../src/gen/tables.js";
import type * as Wire from "../../src/record/wire.js";
import { day, now, placed, workspace } from "../fold/records.js";
import { instant, makePlace, ok, type Place } from "../programs/harness.js";
import {
  buildTenthKind,
  changedFiles,
  copyWithTenthKind,
  hasCargo,
  type TenthKindCopy,
  tenthKind,
} from "./tenth-kind.js";

/** The modules of this checkout, built with the tables of the copy. */
type Core = typeof Fold &
  typeof State &
  typeof Status &
  typeof StatusPb &
  typeof Tables &
  typeof Wire &
  Pick<typeof Protobuf, "fromBinary" | "toJson">;

let copy: TenthKindCopy;
let core: Core;

beforeAll(async () => {
  if (!hasCargo) return;
  copy = copyWithTenthKind();
  const source = join(copy.folder, "ts/src");
  const modules = [
    "fold/fold",
    "fold/state",
    "fold/status",
    "gen/baton/state/v1/status_pb",
    "gen/tables",
    "record/wire",
  ];
  const lines = modules.map((name) => `export * from "./${name}.js";`);
  lines.push('export { fromBinary, toJson } from "@bufbuild/protobuf";');
  const outfile = join(copy.folder, "dist/core.mjs");
  await build({
    stdin: { contents: lines.join("\n"), resolveDir: source },
    bundle: true,
    format: "esm",
    platform: "node",
    nodePaths: [resolve("node_modules")],
    outfile,
    logLevel: "error",
  });
  core = await import(pathToFileURL(outfile).href);
}, 300_000);

function milestone(value: object, observedAt = now): ReturnType<typeof placed> {
  const record = { stamp: BigInt(now) << 16n, observedAt, workspace, [tenthKind.name]: value };
  return placed(tenthKind.number, core.encodeMessage(core.recordTable, record), { seq: observedAt });
}

function names(
  records: readonly ReturnType<typeof placed>[],
  retention: { kind: string; days: number }[] = [],
): unknown[] {
  const fold = core.createFold({ now });
  for (const record of records) core.foldRecord(fold, record);
  const status = core.statusOf(core.stateOf(fold, { retention }), { health: {}, usage: [] });
  const json = core.toJson(core.StatusSchema, core.fromBinary(core.StatusSchema, status)) as {
    workspaces?: Record<string, unknown>[];
  };
  const listed = (json.workspaces?.[0]?.[tenthKind.list] ?? []) as { milestone: { name: string } }[];
  return listed.map((record) => record.milestone.name);
}

describe.skipIf(!hasCargo)("a tenth kind that only the schema knows (needs cargo)", () => {
  it("stands in the generated table of kinds and in the reference", () => {
    const kind = core.kinds.find((candidate) => candidate.number === tenthKind.number);
    expect(kind).toMatchObject({ name: tenthKind.name, list: tenthKind.listNumber, days: 10, order: "OBSERVED_AT" });
    expect(readFileSync(join(copy.folder, "docs/records.md"), "utf8")).toContain(`\`${tenthKind.name}\``);
    const rust = readFileSync(join(copy.folder, "rust/state/src/gen/tables.rs"), "utf8");
    expect(rust).toContain(`name: "${tenthKind.name}"`);
  });

  it("is folded by its key and listed in status in the order of the keys", () => {
    const records = [
      milestone({ name: "late", rank: 2 }),
      milestone({ name: "early", rank: -1 }),
      milestone({ name: "early", rank: -1, generation: 0 }, now - 1),
    ];
    expect(names(records)).toEqual(["early", "late"]);
  });

  it("never leaves a terminal state, and ages only there, as its retention or the configuration says", () => {
    const reached = milestone({ name: "a", state: 2 }, now - 10 * day);
    expect(names([reached, milestone({ name: "a", state: 1, generation: 5 })])).toEqual(["a"]);
    expect(names([milestone({ name: "a", state: 2 }, now - 10 * day - 1), milestone({ name: "a", state: 1 })])).toEqual(
      [],
    );
    expect(names([milestone({ name: "a", state: 1 }, 0)])).toEqual(["a"]);
    expect(names([reached], [{ kind: tenthKind.name, days: 9 }])).toEqual([]);
  });

  it("is newer than a program that was not generated again", async () => {
    const { createFold, foldRecord } = await import("../../src/fold/fold.js");
    const fold = createFold({ now });
    foldRecord(fold, milestone({ name: "a" }));
    expect(fold.counts).toEqual({ newerThanMe: 1, fromFuture: 0, malformed: 0 });
  });
});

describe.skipIf(!hasCargo)("the programs of a copy with a tenth kind (needs cargo)", () => {
  let place: Place;
  const tenth = {
    baton: (...args: string[]): string => ok(place.run(process.execPath, copy.cli, ...args)),
    doctor: (...args: string[]): string => ok(place.run(copy.doctor, ...args)),
    both(...args: string[]): string {
      const printed = tenth.baton(...args);
      expect(tenth.doctor(...args)).toBe(printed);
      return printed;
    },
  };
  /** What this checkout's programs, which do not know the kind, both print. */
  const older = (...args: string[]): string => {
    const printed = ok(place.baton(...args));
    expect(ok(place.doctor(...args))).toBe(printed);
    return printed;
  };

  beforeAll(() => {
    buildTenthKind(copy);
    place = makePlace();
    const script = `
      import { openBaton } from ${JSON.stringify(pathToFileURL(copy.library).href)};
      const baton = openBaton({ client: "cli", workspace: "github.com/acme/proxy" });
      baton.record("handoffNote", { text: "known to everybody", category: "note" });
      baton.record("milestone", { name: "first", rank: 1, state: "reached" });
      baton.record("milestone", { name: "second", rank: 2, state: "ahead" });
      await baton.close();`;
    ok(place.run(process.execPath, "--input-type=module", "--eval", script));
  }, 600_000);
  afterAll(() => place?.remove());

  const listed = (status: string): string[] =>
    JSON.parse(status).workspaces[0][tenthKind.list].map((one: { milestone: { name: string } }) => one.milestone.name);

  it("differ in nothing but the schema and what is generated from it", () => {
    const changed = changedFiles(copy);
    expect(changed).toContain("proto/baton/state/v1/milestone.proto");
    expect(changed).toContain("rust/state/src/gen/tables.rs");
    const allowed = ["proto", ...generatedPaths];
    const isAllowed = (path: string): boolean => allowed.some((each) => path === each || path.startsWith(`${each}/`));
    expect(changed.filter((path) => !isAllowed(path))).toEqual([]);
  });

  it("fold it into the same status, list it, and let it go by its retention", () => {
    older("status", "--json");
    expect(listed(tenth.both("status", "--json"))).toEqual(["first", "second"]);
    place.env.BATON_NOW = String(instant + 10 * day + 1);
    expect(listed(tenth.both("status", "--json"))).toEqual(["second"]);
    place.env.BATON_NOW = String(instant);
    expect(listed(tenth.both("status", "--json"))).toEqual(["first", "second"]);
  });

  it("dump and export it, the same bytes from both", () => {
    expect(tenth.doctor("dump")).toContain(`${tenthKind.name} `);
    expect(tenth.doctor("dump")).toContain("name=first rank=1 state=reached");
    const lines = linesOf(tenth.both("export", "--jsonl"));
    expect(lines.map(({ kind }) => kind)).toEqual(["handoff_note", tenthKind.name, tenthKind.name]);
    expect(lines[1]?.record.milestone).toEqual({ name: "first", rank: 1, state: "MILESTONE_STATE_REACHED" });
    expect(lines.filter(({ raw }) => raw !== undefined)).toEqual([]);
  });

  it("write what older programs count as newer than them and export as it lies in the file", () => {
    tenth.both("status", "--json");
    const status = JSON.parse(older("status", "--json"));
    expect(status.machine.health).toMatchObject({ records: "3", newerThanMe: "2", malformed: "0" });
    expect(status.workspaces[0][tenthKind.list]).toBeUndefined();
    expect(ok(place.doctor("dump"))).toMatch(new RegExp(`${tenthKind.number} .*newer than this program`));
    const lines = linesOf(older("export", "--jsonl"));
    expect(lines.map(({ kind }) => kind)).toEqual(["handoff_note", "9000", "9000"]);
    expect(lines[0]?.raw).toBeUndefined();
    for (const { raw, record } of lines.slice(1)) {
      const payload = Buffer.from(raw ?? "", "base64");
      expect(core.decodeMessage(core.recordTable, payload)).toHaveProperty(tenthKind.name);
      expect(record).toMatchObject({ workspace: "github.com/acme/proxy" });
      expect(record).not.toHaveProperty(tenthKind.name);
    }
  });
});

interface Line {
  readonly kind: string;
  readonly raw?: string;
  readonly record: Readonly<Record<string, unknown>>;
}

function linesOf(printed: string): Line[] {
  return printed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}
