/** A tenth kind is a change of the schema and nothing else. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type * as Protobuf from "@bufbuild/protobuf";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type * as Fold from "../../src/fold/fold.js";
import type * as State from "../../src/fold/state.js";
import type * as Status from "../../src/fold/status.js";
import type * as StatusPb from "../../src/gen/baton/state/v1/status_pb.js";
import type * as Tables from "../../src/gen/tables.js";
import type * as Wire from "../../src/record/wire.js";
import { day, now, placed, workspace } from "../fold/records.js";
import { generateTenthKind, tenthKind } from "./tenth-kind.js";

/** The modules of this checkout, built with the tables of the copy. */
type Core = typeof Fold &
  typeof State &
  typeof Status &
  typeof StatusPb &
  typeof Tables &
  typeof Wire &
  Pick<typeof Protobuf, "fromBinary" | "toJson">;

const folder = mkdtempSync(join(tmpdir(), "baton-tenth-kind-"));
let core: Core;

beforeAll(async () => {
  generateTenthKind(folder);
  const source = join(folder, "ts/src");
  for (const module of ["fold", "record", "segment"])
    cpSync(join("ts/src", module), join(source, module), { recursive: true });
  cpSync(join(folder, "generated/ts/src/gen"), join(source, "gen"), { recursive: true });
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
  const outfile = join(folder, "core.mjs");
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

afterAll(() => rmSync(folder, { recursive: true, force: true }));

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

describe("a tenth kind that only the schema knows", () => {
  it("stands in the generated table of kinds and in the reference", () => {
    const kind = core.kinds.find((candidate) => candidate.number === tenthKind.number);
    expect(kind).toMatchObject({ name: tenthKind.name, list: tenthKind.listNumber, days: 10, order: "OBSERVED_AT" });
    expect(readFileSync(join(folder, "generated/docs/records.md"), "utf8")).toContain(`\`${tenthKind.name}\``);
    const rust = readFileSync(join(folder, "generated/rust/state/src/gen/tables.rs"), "utf8");
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
