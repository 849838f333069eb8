/** config.json: proto3 JSON of baton.state.v1.Config, read by the generated tables. */
import { configTable, errors } from "../gen/tables.js";
import { type BatonError, batonError } from "../record/error.js";
import type { FieldTable, MessageTable } from "../record/schema.js";

/** What a user may set; everything has a default. The comments stand in proto/baton/state/v1/config.proto. */
export interface Config {
  readonly publicHosts?: readonly string[];
  readonly workspace?: { readonly alias?: boolean };
  readonly usageProvider?: string;
  readonly retention?: readonly { readonly kind?: string; readonly days?: number }[];
  readonly checks?: readonly string[];
  readonly proxy?: string;
  readonly secretFiles?: readonly string[];
}

/** Reads the text of a config.json. Throws HOME_CONFIG with the field that does not fit. */
export function parseConfig(text: string): Config {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw batonError(errors.HOME_CONFIG, { place: "not JSON" });
  }
  return readMessage(configTable, json, "config") as Config;
}

function readMessage(table: MessageTable, json: unknown, path: string): Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw misfit(path);
  const message: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    const field = table.fields.find((candidate) => candidate.jsonName === name || candidate.name === name);
    if (!field || field.jsonName in message) throw misfit(path);
    const place = `${path}.${field.name}`;
    if (value === null) continue;
    if (!field.repeated) message[field.jsonName] = readValue(field, value, place);
    else if (!Array.isArray(value)) throw misfit(place);
    else message[field.jsonName] = value.map((element) => readValue(field, element, place));
  }
  return message;
}

function readValue(field: FieldTable, value: unknown, place: string): unknown {
  if (field.message) return readMessage(field.message, value, place);
  if (field.type === "bool" && typeof value === "boolean") return value;
  if (field.type === "string" && typeof value === "string") {
    if (Buffer.byteLength(value) <= (field.text?.maxBytes ?? 0)) return value;
  }
  if (field.type === "uint32") {
    const number = typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isInteger(number) && number >= 0 && number <= 0xffff_ffff) return number;
  }
  throw misfit(place);
}

function misfit(field: string): BatonError {
  return batonError(errors.HOME_CONFIG, { field, place: field });
}
