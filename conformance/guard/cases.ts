/** The guard's cases as files: conformance/cases/guard/*.json. */

import { type ShapeRow, shapeRows } from "./command.js";
import { namedRows } from "./named.js";
import { noteRows } from "./note.js";
import { opaqueRows } from "./opaque.js";
import { ownRows } from "./own.js";
import type { GuardRow } from "./row.js";
import { secretRows } from "./secret.js";
import { spellingRows } from "./spelling.js";
import { structureRows } from "./structure.js";
import { tokenRows } from "./token.js";

/** Every case file of the guard, by its path in the repository. */
export function guardCases(): Map<string, Uint8Array> {
  return new Map([
    file("structure", structureRows.map(caseOf)),
    file("note", noteRows.map(caseOf)),
    file("token", tokenRows().map(caseOf), lines),
    file("named", namedRows().map(caseOf), lines),
    file("secret", secretRows.map(caseOf)),
    file("spelling", spellingRows().map(caseOf), lines),
    file("own", ownRows.map(caseOf)),
    file("opaque", opaqueRows.map(caseOf)),
    file("command", shapeRows.map(shapeCase)),
  ]);
}

function file(name: string, cases: readonly object[], print = pretty): [string, Uint8Array] {
  return [`conformance/cases/guard/${name}.json`, Buffer.from(`${print(cases)}\n`)];
}

function pretty(cases: readonly object[]): string {
  return JSON.stringify({ cases }, null, 2);
}

/** One line for each case: what is made for every rule of the pack is long. */
function lines(cases: readonly object[]): string {
  return `{"cases":[\n${cases.map((each) => JSON.stringify(each)).join(",\n")}\n]}`;
}

function caseOf(row: GuardRow): object {
  const policy = {
    class: `TEXT_CLASS_${row.class}`,
    maxBytes: row.maxBytes,
    shape: row.shape && `IDENT_SHAPE_${row.shape}`,
    hexLength: row.hexLength,
    value: row.value,
  };
  const text = row.bytes ? { text: Buffer.from(row.bytes).toString("base64") } : { recipe: row.recipe };
  const spellings = row.spellings?.map((spelling) => `SPELLING_${spelling}`);
  const findings = row.findings.length > 0 ? row.findings : undefined;
  return {
    name: row.name,
    proves: row.proves,
    request: { guard: { policy, ...text, spellings, own: row.own } },
    expected: { verdict: { action: `ACTION_${row.action.toUpperCase()}`, findings }, output: row.output },
  };
}

function shapeCase({ name, proves, argv, text }: ShapeRow): object {
  return { name: cut(name), proves, request: { shape: { argv } }, expected: { text } };
}

/** Names hold at most 200 bytes. */
function cut(name: string): string {
  return Buffer.byteLength(name) <= 200 ? name : `${name.slice(0, 60)} … (${name.length} characters)`;
}
