/**
 * Shape of the tables that `npm run generate` makes from the schema (`ts/src/gen/tables.ts`).
 * `rust/state/src/record/schema.rs` has the same shapes.
 */

/** Text classes, numbered as baton.policy.v1.TextClass. */
export type TextClass = "ENUM" | "IDENT" | "DIGEST" | "REPO_PATH" | "REF" | "URL" | "COMMAND" | "NOTE" | "OPAQUE";

/** Shapes of identifiers, as baton.policy.v1.IdentShape; "ANY" where the schema declares none. */
export type IdentShape = "ANY" | "NAME" | "ALIAS" | "WORKSPACE" | "HOST" | "MODEL" | "TIME";

/** What a text may hold (baton.policy.v1.TextPolicy with the class limits filled in). */
export interface TextPolicy {
  readonly class: TextClass;
  /** Most bytes of UTF-8, or raw bytes. */
  readonly maxBytes: number;
  readonly shape: IdentShape;
  /** Allowed lengths of a digest, in hexadecimal digits. */
  readonly hexLengths: readonly number[];
  /** Allowed values of an ENUM text. */
  readonly values: readonly string[];
}

/** Wire types that the schema uses. */
export type FieldType =
  | "string"
  | "bytes"
  | "bool"
  | "enum"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "fixed32"
  | "fixed64"
  | "double"
  | "message";

/** One field of a message. */
export interface FieldTable {
  readonly number: number;
  /** Name in proto, snake_case. */
  readonly name: string;
  /** Name in JSON and in TypeScript, lowerCamelCase. */
  readonly jsonName: string;
  readonly type: FieldType;
  readonly repeated: boolean;
  /** Only for string and bytes. */
  readonly text?: TextPolicy;
  /** Only for messages. */
  readonly message?: MessageTable;
  /** Only for enums: short lower-case name to number, such as { open: 1 }. */
  readonly values?: Readonly<Record<string, number>>;
}

/** One message; fields in the order of their numbers. */
export interface MessageTable {
  /** Full proto name. */
  readonly name: string;
  readonly fields: readonly FieldTable[];
}

/** One part of an identity key. */
export interface KeyPart {
  /** Whether the field is one of the envelope instead of the kind's message. */
  readonly envelope: boolean;
  readonly field: number;
  readonly type: FieldType;
}

/** Everything the fold and the retention know of a kind (baton.policy.v1.KindPolicy). */
export interface KindTable {
  /** Kind number: the field number in the oneof of Record. */
  readonly number: number;
  /** Name in the oneof, snake_case. */
  readonly name: string;
  readonly jsonName: string;
  readonly message: MessageTable;
  readonly scope: "WORKSPACE" | "MACHINE";
  readonly fold: "LATEST" | "LOG";
  readonly order: "STAMP" | "OBSERVED_AT";
  readonly key: readonly KeyPart[];
  readonly keepLatest: boolean;
  /** Days after observed_at that a winner is shown. */
  readonly days: number;
  readonly terminal?: {
    readonly field: number;
    readonly values: readonly number[];
    readonly generation: number;
  };
  /** Field number in WorkspaceState or MachineState that lists the winners; 0 for logs. */
  readonly list: number;
}

/** An error code with its words (baton.policy.v1.ErrorPolicy). */
export interface ErrorTable {
  readonly id: string;
  readonly cause: string;
  readonly remedy: string;
}
