/** What the fold reads of a payload, by the generated tables: nothing is decoded, nothing copied. */
import { errors, recordTable } from "../gen/tables.js";
import { batonError } from "../record/error.js";
import type { FieldTable, KindTable } from "../record/schema.js";
import { checkField, fieldOf, nextField, type RawField, varintLow32, varintSigned, wireTypes } from "../record/wire.js";
import { type ByteString, keyPart, kindPrefix } from "./key.js";

/** The envelope of a payload, and where the message of its kind lies. */
export interface Envelope {
  /** 0 where absent. */
  readonly stamp: bigint;
  /** Milliseconds since 1970, 0 where absent; a bigint where a number would not be exact. */
  readonly observedAt: number | bigint;
  readonly workspace: RawField | undefined;
  readonly message: RawField;
  /** Parts of the identity key, in the order of the kind's table; here those of the envelope are filled in. */
  readonly key: (RawField | undefined)[];
}

/** What decides between records of one key, read from the message of the kind. */
export interface Rank {
  readonly terminal: boolean;
  /** 0 where absent, or where the kind has no generations. */
  readonly generation: number;
}

/**
 * Reads the envelope of a payload and looks no further into it. Throws RECORD_SHAPE where it is not well-formed, does
 * not hold the message of the kind once and no other kind's, or lacks the workspace that the kind's scope asks for.
 */
export function readEnvelope(kind: KindTable, payload: Uint8Array): Envelope {
  let stamp = 0n;
  let observedAt: number | bigint = 0;
  let workspace: RawField | undefined;
  let message: RawField | undefined;
  const key: (RawField | undefined)[] = kind.key.map(() => undefined);
  const field: RawField = { number: 0, wireType: 0, start: 0, end: 0 };
  while (nextField(payload, payload.length, field)) {
    const known = fieldOf(recordTable, field.number);
    if (!known) continue;
    if (known.type === "message") {
      if (known.number !== kind.number || message || field.wireType !== wireTypes.LEN) throw misfit(kind);
      message = { ...field };
      continue;
    }
    checkField(known, payload, field);
    if (known === stampField) stamp = viewOf(payload).getBigUint64(field.start, true);
    else if (known === observedAtField) observedAt = varintSigned(payload, field.start, field.end);
    else if (known === workspaceField) workspace = { ...field };
    keep(kind, true, field, key);
  }
  if (!message || (kind.scope === "WORKSPACE" && (!workspace || workspace.start === workspace.end))) throw misfit(kind);
  return { stamp, observedAt, workspace, message, key };
}

/** Reads the message of the kind and fills in the rest of the key. Throws RECORD_SHAPE where it is not well-formed. */
export function readRank(kind: KindTable, payload: Uint8Array, envelope: Envelope): Rank {
  let terminal = false;
  let generation = 0;
  const field: RawField = { ...envelope.message, end: envelope.message.start };
  while (nextField(payload, envelope.message.end, field)) {
    const known = fieldOf(kind.message, field.number);
    if (!known) continue;
    checkField(known, payload, field);
    keep(kind, false, field, envelope.key);
    if (kind.terminal?.field === field.number)
      terminal = kind.terminal.values.includes(varintLow32(payload, field.start, field.end) | 0);
    else if (kind.terminal?.generation === field.number) generation = varintLow32(payload, field.start, field.end);
  }
  return { terminal, generation };
}

/** The identity key of a payload whose envelope and rank have been read. */
export function keyOf(kind: KindTable, payload: Uint8Array, envelope: Envelope): ByteString {
  let key = kindPrefix(kind);
  if (kind.scope === "WORKSPACE") key += keyPart("string", payload, envelope.workspace);
  for (let i = 0; i < kind.key.length; i++) {
    const part = kind.key[i];
    if (part) key += keyPart(part.type, payload, envelope.key[i]);
  }
  return key;
}

const stampField = envelopeField("stamp");
const observedAtField = envelopeField("observed_at");
const workspaceField = envelopeField("workspace");

function envelopeField(name: string): FieldTable | undefined {
  return recordTable.fields.find((field) => field.name === name);
}

function keep(kind: KindTable, envelope: boolean, field: RawField, key: (RawField | undefined)[]): void {
  for (let i = 0; i < kind.key.length; i++) {
    const part = kind.key[i];
    if (part && part.field === field.number && part.envelope === envelope) key[i] = { ...field };
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function misfit(kind: KindTable): Error {
  return batonError(errors.RECORD_SHAPE, { field: kind.name });
}
