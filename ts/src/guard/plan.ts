/** The generated tables once more, laid out for the walk of `guardRecord`: everything that is known before a value comes. */
import type { FieldTable, FieldType, MessageTable, TextPolicy } from "../record/schema.js";
import { wireTypeOf, wireTypes } from "../record/wire.js";
import type { Known } from "./known.js";

/** Texts that the guard has let pass for a field. */
export interface Passed {
  /** What was known besides when they passed. */
  by: Known | undefined;
  readonly texts: Map<string, Uint8Array>;
}

/** One field of a message. */
export interface FieldPlan {
  readonly jsonName: string;
  /** Path inside the record, such as "handoff_note.text", for errors. */
  readonly place: string;
  readonly type: FieldType;
  readonly isRepeated: boolean;
  /** Number and wire type as they stand in the bytes; of a packed list, its own. */
  readonly tag: number;
  readonly policy: TextPolicy | undefined;
  /** Texts that the guard has let pass for this field; undefined where they seldom come again. */
  readonly passed: Passed | undefined;
  /** Fields of a message; undefined for all else. */
  readonly fields: FieldPlans | undefined;
  /** Bounds of an integer; those above 2^53 only as bigints, since numbers are exact up to there. */
  readonly least: number;
  readonly most: number;
  readonly leastBigint: bigint;
  readonly mostBigint: bigint;
  /** Numbers of an enum by their short names. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Numbers that an enum knows, the unspecified 0 included. */
  readonly known: ReadonlySet<number>;
}

/** The fields of a message. */
export interface FieldPlans {
  /** In the order of their numbers. */
  readonly inOrder: readonly FieldPlan[];
  readonly byName: ReadonlyMap<string, FieldPlan>;
  /** Fields in the order in which the last value had them: the next one is mostly built alike. */
  readonly lastOrder: FieldPlan[];
}

/** The plan of a message; `path` is its path, "" for a record. */
export function planOf(table: MessageTable, path: string): FieldPlans {
  const inOrder = table.fields.map((field) => planOfField(field, path));
  return { inOrder, byName: new Map(inOrder.map((field) => [field.jsonName, field])), lastOrder: [] };
}

/** The plan of a field of a message. */
export function planOfField(field: FieldTable, path: string): FieldPlan {
  const { type, jsonName, text } = field;
  const place = path === "" ? field.name : `${path}.${field.name}`;
  const wireType = field.repeated ? wireTypes.LEN : wireTypeOf(type);
  const [least, most] = rangeOf(type);
  const numbers = new Map(Object.entries(field.values ?? {}));
  return {
    jsonName,
    place,
    type,
    isRepeated: field.repeated,
    tag: field.number * 8 + wireType,
    policy: text,
    passed: text && text.class !== "NOTE" ? { by: undefined, texts: new Map() } : undefined,
    fields: field.message ? planOf(field.message, place) : undefined,
    least: Math.max(Number(least), Number.MIN_SAFE_INTEGER),
    most: Math.min(Number(most), Number.MAX_SAFE_INTEGER),
    leastBigint: least,
    mostBigint: most,
    numbers,
    known: new Set([0, ...numbers.values()]),
  };
}

function rangeOf(type: FieldType): [bigint, bigint] {
  switch (type) {
    case "int32":
      return [-(2n ** 31n), 2n ** 31n - 1n];
    case "uint32":
    case "fixed32":
      return [0n, 2n ** 32n - 1n];
    case "int64":
      return [-(2n ** 63n), 2n ** 63n - 1n];
    default:
      return [0n, 2n ** 64n - 1n];
  }
}
