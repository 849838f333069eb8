/**
 * schema/inventory.txt: every field with its policy, every kind, every code, one line each, sorted. buf breaking cannot
 * see options; the inventory makes each of them a line that a review sees and that a change cannot loosen unnoticed.
 */
import type { TextPolicy } from "../ts/src/record/schema.js";
import { type KindModel, type SchemaModel, typeOf } from "./model.js";

/** All lines of the inventory, in byte order. */
export function inventoryOf(model: SchemaModel): string[] {
  const lines: string[] = [];
  for (const message of model.messages)
    for (const field of message.fields) {
      const of = field.message ?? field.enum;
      const repeated = field.fieldKind === "list" ? "repeated " : "";
      const type = `${repeated}${of ? of.typeName : typeOf(field)}`;
      const text = model.textOf(field);
      const policy = text ? ` ${textOf(text)}` : "";
      lines.push(`field ${message.typeName}.${field.name} ${field.number} ${type}${policy}`);
    }
  for (const kind of model.kinds) lines.push(kindLine(kind));
  for (const desc of model.enums)
    for (const value of desc.values) {
      const error = model.errorOf(value);
      const check = model.checkOf(value);
      if (error) lines.push(`code ${error.id} error ${value.name}`);
      if (check) lines.push(`code ${check.id} check ${value.name}`);
    }
  return lines.sort((a, b) => (a < b ? -1 : 1));
}

function textOf(text: TextPolicy): string {
  const parts = [`class=${text.class}`, `max=${text.maxBytes}`];
  if (text.shape !== "ANY") parts.push(`shape=${text.shape}`);
  if (text.hexLengths.length > 0) parts.push(`hex=${text.hexLengths.join(",")}`);
  if (text.values.length > 0) parts.push(`values=${text.values.join(",")}`);
  return parts.join(" ");
}

function kindLine(kind: KindModel): string {
  const { terminal } = kind;
  return [
    `kind ${kind.message.typeName} ${kind.field.number}`,
    `scope=${kind.scope ?? "?"}`,
    `fold=${kind.fold}`,
    `key=${kind.key.join(",")}`,
    `order=${kind.order}`,
    `keep=${kind.keepLatest}`,
    `days=${kind.days ?? 0}`,
    `terminal=${terminal ? `${terminal.field}:${terminal.value.join(",")}:${terminal.generation}` : ""}`,
    `list=${kind.list}`,
  ].join(" ");
}

/** How the schema differs from the accepted inventory. */
export interface InventoryDifference {
  /** Lines that are new or allow less than before; `npm run schema:accept` takes them. */
  readonly acceptable: string[];
  /** Lines that are gone, allow more than before, or mean something else; accepting refuses them. */
  readonly refused: string[];
}

/** Compares the accepted lines with those of the schema. */
export function compareInventories(accepted: readonly string[], present: readonly string[]): InventoryDifference {
  const acceptable: string[] = [];
  const refused: string[] = [];
  const presentByName = new Map(present.map((line) => [nameOf(line), line]));
  const acceptedNames = new Set(accepted.map(nameOf));
  for (const line of present) if (!acceptedNames.has(nameOf(line))) acceptable.push(`added: ${line}`);
  for (const line of accepted) {
    const now = presentByName.get(nameOf(line));
    if (now === line) continue;
    if (now === undefined) refused.push(`deleted: ${line}`);
    else if (isTighter(line, now)) acceptable.push(`tightened: ${line} → ${now}`);
    else refused.push(`loosened or changed: ${line} → ${now}`);
  }
  return { acceptable, refused };
}

/** What a line is about: its first two words. */
function nameOf(line: string): string {
  return line.split(" ", 2).join(" ");
}

const setOptions = new Set(["hex", "values"]);
const numberOptions = new Set(["max", "days"]);

/** Whether `now` differs from `before` only in options that allow less. */
function isTighter(before: string, now: string): boolean {
  const [old, fresh] = [optionsOf(before), optionsOf(now)];
  if (old.fixed !== fresh.fixed) return false;
  return [...new Set([...old.options.keys(), ...fresh.options.keys()])].every((name) => {
    const [was, is] = [old.options.get(name), fresh.options.get(name)];
    if (was === is) return true;
    if (name === "shape") return was === undefined;
    if (was === undefined || is === undefined) return false;
    if (numberOptions.has(name)) return Number(is) < Number(was);
    if (setOptions.has(name)) return is.split(",").every((value) => was.split(",").includes(value));
    return name === "keep" && is === "false";
  });
}

function optionsOf(line: string): { fixed: string; options: Map<string, string> } {
  const words = line.split(" ");
  const options = words.filter((word) => word.includes("="));
  return {
    fixed: words.filter((word) => !word.includes("=")).join(" "),
    options: new Map(options.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)])),
  };
}
