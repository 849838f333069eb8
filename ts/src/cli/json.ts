/** JSON on stdout: proto3 JSON of a schema message in canonical form (RFC 8785), the same bytes as the Rust programs print. */
import { type DescMessage, fromBinary, toJson } from "@bufbuild/protobuf";
import canonicalize from "canonicalize";
import type { MessageTable } from "../record/schema.js";
import { encodeMessage } from "../record/wire.js";

/** Canonical JSON of a plain value, without a newline. */
export function canonical(value: unknown): string {
  return canonicalize(value) ?? "null";
}

/** Canonical JSON of an encoded message, with a newline. */
export function jsonOfBytes(schema: DescMessage, bytes: Uint8Array): string {
  return `${canonical(toJson(schema, fromBinary(schema, bytes)))}\n`;
}

/** Canonical JSON of a plain object with the JSON names of a message as keys, with a newline. */
export function jsonOf(schema: DescMessage, table: MessageTable, value: object): string {
  return jsonOfBytes(schema, encodeMessage(table, value));
}
