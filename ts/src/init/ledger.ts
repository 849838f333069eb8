/** `<state>/init.json`: what init left where, so that --remove can take it back. proto3 JSON of InitLedger, mode 0600. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { create, fromJsonString, toJson } from "@bufbuild/protobuf";
import canonicalize from "canonicalize";
import { type InitFile, type InitLedger, InitLedgerSchema } from "../gen/baton/state/v1/init_pb.js";
import { errors } from "../gen/tables.js";
import { batonError } from "../record/error.js";
import { codeOf } from "../segment/system.js";

export type { InitFile, InitLedger } from "../gen/baton/state/v1/init_pb.js";

/** Path of the ledger in a state directory. */
export function ledgerPath(state: string): string {
  return join(state, "init.json");
}

/** Reads the ledger; an empty one where there is none. Throws INIT_LEDGER. */
export function readLedger(state: string): InitLedger {
  try {
    return fromJsonString(InitLedgerSchema, readFileSync(ledgerPath(state), "utf8"), { ignoreUnknownFields: true });
  } catch (error) {
    if (codeOf(error) === "ENOENT") return create(InitLedgerSchema);
    throw batonError(errors.INIT_LEDGER);
  }
}

/** The bytes of a ledger; undefined where it holds nothing any more. */
export function ledgerBytes(ledger: InitLedger): Uint8Array | undefined {
  if (ledger.files.length === 0 && ledger.folders.length === 0) return undefined;
  return new TextEncoder().encode(`${canonicalize(toJson(InitLedgerSchema, ledger))}\n`);
}

/** The entry of a path. */
export function entryOf(ledger: InitLedger, path: string): InitFile | undefined {
  return ledger.files.find((file) => file.path === path);
}

/** SHA-256 in hexadecimal. */
export function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
