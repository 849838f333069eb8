/** Typed looks into decoded messages: a value of another type than asked for reads as absent. */
import type { MessageTable } from "../record/schema.js";
import type { Decoded } from "../record/wire.js";

/** A text. */
export function textOf(message: Decoded, name: string): string | undefined {
  const value = message[name];
  return typeof value === "string" ? value : undefined;
}

/** An integer; beyond 10^15 it counts as 10^15, so that every language reckons exactly with it (BRF-023). */
export function integerOf(message: Decoded, name: string): number | undefined {
  const value = message[name];
  return typeof value === "number" || typeof value === "bigint" ? bounded(value) : undefined;
}

/** An integer, or 10^15 with its sign where it is beyond that. */
export function bounded(value: number | bigint): number {
  return Math.max(-mostInteger, Math.min(mostInteger, Number(value)));
}

const mostInteger = 1e15;

/** A truth value. */
export function flagOf(message: Decoded, name: string): boolean | undefined {
  const value = message[name];
  return typeof value === "boolean" ? value : undefined;
}

/**
 * Short name of an enum field's value, such as "open": "" where it is absent or 0, undefined where this program does
 * not know it.
 */
export function enumOf(table: MessageTable, message: Decoded, name: string): string | undefined {
  const value = message[name] ?? 0;
  if (value === 0) return "";
  const values = table.fields.find((field) => field.jsonName === name)?.values ?? {};
  return Object.keys(values).find((key) => values[key] === value);
}

/** Number of an enum value by its short name. */
export function enumNumber(table: MessageTable, name: string, value: string): number {
  return table.fields.find((field) => field.jsonName === name)?.values?.[value] ?? 0;
}
