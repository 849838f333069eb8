/** What a record gets that its author may leave out, as the tables tell it. */
import { randomBytes } from "node:crypto";
import { machineStateTable, workspaceStateTable } from "../gen/tables.js";
import type { KindTable } from "../record/schema.js";

/** A completed init; `id` is there for kinds that an id alone makes the same. */
export interface Completed {
  readonly init: object;
  readonly id?: string;
}

/**
 * Fills in what is absent: for a kind whose identity key is an `id` a random one, "n-" or "a-" by the list that shows
 * the kind, and 16 hexadecimal digits; for one with terminal states the first state.
 */
export function complete(kind: KindTable, init: object): Completed {
  const defaults = defaultsOf(kind);
  if (defaults === "none") return { init };
  const { idName, prefix, stateName } = defaults;
  const completed: Record<string, unknown> = { ...init };
  if (stateName !== undefined) completed[stateName] ??= 1;
  if (idName === undefined) return { init: completed };
  completed[idName] ??= prefix + randomBytes(8).toString("hex");
  return { init: completed, id: String(completed[idName]) };
}

interface Defaults {
  readonly idName?: string;
  readonly prefix: string;
  readonly stateName?: string;
}

const known = new Map<KindTable, Defaults | "none">();

function defaultsOf(kind: KindTable): Defaults | "none" {
  const found = known.get(kind);
  if (found) return found;
  const defaults = readDefaults(kind);
  known.set(kind, defaults);
  return defaults;
}

function readDefaults(kind: KindTable): Defaults | "none" {
  const nameOf = (number: number) => kind.message.fields.find((field) => field.number === number);
  const [key, ...more] = kind.key;
  const only = key && more.length === 0 && !key.envelope ? nameOf(key.field) : undefined;
  const lists = kind.scope === "WORKSPACE" ? workspaceStateTable : machineStateTable;
  const list = lists.fields.find((field) => field.number === kind.list)?.name ?? "";
  const state = kind.terminal && nameOf(kind.terminal.field);
  if (only?.name !== "id" && !state) return "none";
  return {
    prefix: `${list.charAt(0)}-`,
    ...(only?.name === "id" ? { idName: only.jsonName } : {}),
    ...(state ? { stateName: state.jsonName } : {}),
  };
}
