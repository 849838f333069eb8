/**
 * The schema with its policy options as plain values that the emitters, the inventory and the check share. The options
 * are found by name in the descriptors themselves, so a changed policy.proto needs no bootstrap.
 */
import {
  type DescEnum,
  type DescEnumValue,
  type DescField,
  type DescFile,
  type DescMessage,
  ScalarType,
} from "@bufbuild/protobuf";
import type { ErrorTable, FieldType, IdentShape, KindTable, TextClass, TextPolicy } from "../ts/src/record/schema.js";
import { optionReader } from "./options.js";

/** Most bytes that each class allows; a field may only narrow it. */
export const classLimits: Readonly<Record<TextClass, number>> = {
  ENUM: 64,
  IDENT: 128,
  DIGEST: 128,
  REPO_PATH: 512,
  REF: 255,
  URL: 512,
  COMMAND: 512,
  NOTE: 200,
  OPAQUE: 64 * 1024 * 1024,
};

const textClasses: readonly (TextClass | undefined)[] = [
  undefined,
  "ENUM",
  "IDENT",
  "DIGEST",
  "REPO_PATH",
  "REF",
  "URL",
  "COMMAND",
  "NOTE",
  "OPAQUE",
];
const shapes: readonly IdentShape[] = ["ANY", "NAME", "ALIAS", "WORKSPACE", "HOST", "MODEL", "TIME"];

const scopes: readonly (KindTable["scope"] | undefined)[] = [undefined, "WORKSPACE", "MACHINE"];
const folds: readonly KindTable["fold"][] = ["LATEST", "LATEST", "LOG"];
const orders: readonly KindTable["order"][] = ["STAMP", "STAMP", "OBSERVED_AT"];

/** A kind as the schema declares it, before names are resolved. */
export interface KindModel {
  readonly field: DescField;
  readonly message: DescMessage;
  /** Undefined where none is declared. */
  readonly scope: KindTable["scope"] | undefined;
  readonly fold: KindTable["fold"];
  readonly order: KindTable["order"];
  readonly key: readonly string[];
  readonly keepLatest: boolean;
  readonly days: number | undefined;
  readonly terminal: { field: string; value: string[]; generation: string } | undefined;
  readonly list: string;
}

/** A check of the doctor (baton.policy.v1.CheckPolicy). */
export interface CheckModel {
  readonly id: string;
  readonly category: string;
  readonly title: string;
  /** Empty where nothing makes it warn. */
  readonly warns: string;
  /** Empty where nothing makes it fail. */
  readonly fails: string;
  readonly remedy: string;
}

/** What the emitters work on. */
export interface SchemaModel {
  readonly files: readonly DescFile[];
  readonly messages: readonly DescMessage[];
  readonly enums: readonly DescEnum[];
  /** Undefined where the Record message is missing. */
  readonly record: DescMessage | undefined;
  readonly kinds: readonly KindModel[];
  textOf(field: DescField): TextPolicy | undefined;
  hasKindOption(message: DescMessage): boolean;
  errorOf(value: DescEnumValue): ErrorTable | undefined;
  checkOf(value: DescEnumValue): CheckModel | undefined;
}

/** Builds the model from all files of the schema; files outside the package baton are left out. */
export function modelOf(allFiles: readonly DescFile[]): SchemaModel {
  const files = allFiles
    .filter((file) => file.proto.package.startsWith("baton."))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const option = optionReader(files);
  const messages = files.flatMap((file) => withNested(file.messages));
  const record = messages.find((message) => message.typeName === "baton.state.v1.Record");
  const kinds: KindModel[] = (record?.oneofs.find((oneof) => oneof.name === "kind")?.fields ?? [])
    .filter((field) => field.message !== undefined)
    .map((field) => {
      const message = field.message as DescMessage;
      const policy = option(message, "kind");
      const retention = policy?.message("retention");
      const terminal = policy?.message("terminal");
      return {
        field,
        message,
        scope: scopes[policy?.number("scope") ?? 0],
        fold: folds[policy?.number("fold") ?? 0] ?? "LATEST",
        order: orders[policy?.number("order") ?? 0] ?? "STAMP",
        key: policy?.texts("key") ?? [],
        keepLatest: retention?.flag("keepLatest") ?? false,
        days: retention?.has("days") ? retention.number("days") : undefined,
        terminal: terminal && {
          field: terminal.text("field"),
          value: terminal.texts("value"),
          generation: terminal.text("generation"),
        },
        list: policy?.text("list") ?? "",
      };
    })
    .sort((a, b) => a.field.number - b.field.number);

  return {
    files,
    messages,
    enums: files.flatMap((file) => [...file.enums, ...withNested(file.messages).flatMap((m) => m.nestedEnums)]),
    record,
    kinds,
    textOf(field) {
      const text = option(field, "text");
      const textClass = textClasses[text?.number("class") ?? 0];
      if (!text || !textClass) return undefined;
      return {
        class: textClass,
        maxBytes: text.number("maxBytes") || classLimits[textClass],
        shape: shapes[text.number("shape")] ?? "ANY",
        hexLengths: text.numbers("hexLength"),
        values: text.texts("value"),
      };
    },
    hasKindOption: (message) => option(message, "kind") !== undefined,
    errorOf(value) {
      const error = option(value, "error");
      return error && { id: error.text("id"), cause: error.text("cause"), remedy: error.text("remedy") };
    },
    checkOf(value) {
      const check = option(value, "check");
      return (
        check && {
          id: check.text("id"),
          category: check.text("category"),
          title: check.text("title"),
          warns: check.text("warns"),
          fails: check.text("fails"),
          remedy: check.text("remedy"),
        }
      );
    },
  };
}

function withNested(messages: readonly DescMessage[]): DescMessage[] {
  return messages.flatMap((message) => [message, ...withNested(message.nestedMessages)]);
}

/** Wire type of a field; throws on one that the schema conventions do not allow. */
export function typeOf(field: DescField): FieldType {
  if (field.message) return "message";
  if (field.enum) return "enum";
  switch (field.scalar) {
    case ScalarType.STRING:
      return "string";
    case ScalarType.BYTES:
      return "bytes";
    case ScalarType.BOOL:
      return "bool";
    case ScalarType.INT32:
      return "int32";
    case ScalarType.UINT32:
      return "uint32";
    case ScalarType.INT64:
      return "int64";
    case ScalarType.UINT64:
      return "uint64";
    case ScalarType.FIXED32:
      return "fixed32";
    case ScalarType.FIXED64:
      return "fixed64";
    case ScalarType.DOUBLE:
      return "double";
    default:
      throw new Error(`${field.parent.typeName}.${field.name}: type is not one that the schema uses`);
  }
}

/** Short lower-case names of an enum's values: ACTION_STATE_OPEN is "open". */
export function shortNames(desc: DescEnum): [string, number][] {
  const prefix = `${desc.name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase()}_`;
  return desc.values
    .filter((value) => value.number !== 0)
    .map((value) => [value.name.replace(prefix, "").toLowerCase(), value.number]);
}

/** Error codes of the schema, and their names in baton.state.v1.ErrorCode without the prefix. */
export function errorsOf(model: SchemaModel): { name: string; error: ErrorTable }[] {
  return valuesOf(model, "baton.state.v1.ErrorCode").flatMap((value) => {
    const error = model.errorOf(value);
    return error ? [{ name: value.name.replace("ERROR_CODE_", ""), error }] : [];
  });
}

/**
 * Checks of the doctor, and their names in baton.state.v1.CheckId without the prefix, as they are listed everywhere: the
 * checks of a category together, the categories by their lowest id.
 */
export function checksOf(model: SchemaModel): { name: string; check: CheckModel }[] {
  const checks = valuesOf(model, "baton.state.v1.CheckId")
    .flatMap((value) => {
      const check = model.checkOf(value);
      return check ? [{ name: value.name.replace("CHECK_ID_", ""), check }] : [];
    })
    .sort((a, b) => (a.check.id < b.check.id ? -1 : 1));
  const categories = new Set(checks.map(({ check }) => check.category));
  return [...categories].flatMap((category) => checks.filter(({ check }) => check.category === category));
}

function valuesOf(model: SchemaModel, typeName: string): readonly DescEnumValue[] {
  return model.enums.find((candidate) => candidate.typeName === typeName)?.values ?? [];
}

/** Messages that get a table: all but the options themselves and the conformance cases. */
export function tableMessages(model: SchemaModel): DescMessage[] {
  return inDependencyOrder(
    model.messages.filter((message) => /^baton\.(state|segment|guard|support)\.v1\./.test(message.typeName)),
  );
}

/** Fields in the order of their numbers. */
export function byNumber(message: DescMessage): DescField[] {
  return [...message.fields].sort((a, b) => a.number - b.number);
}

/** Messages in an order in which each comes after those that it holds. */
function inDependencyOrder(messages: readonly DescMessage[]): DescMessage[] {
  const done = new Set<DescMessage>();
  const ordered: DescMessage[] = [];
  const visit = (message: DescMessage): void => {
    if (done.has(message)) return;
    done.add(message);
    for (const field of message.fields) if (field.message) visit(field.message);
    ordered.push(message);
  };
  for (const message of messages) visit(message);
  return ordered;
}

/** Everything that a kind's policy names, resolved to field numbers. Throws where a name leads nowhere. */
export function resolveKind(
  model: SchemaModel,
  kind: KindModel,
): {
  key: { envelope: boolean; field: number; type: FieldType }[];
  terminal: { field: number; values: number[]; generation: number } | undefined;
  list: number;
} {
  const where = kind.message.typeName;
  const find = (message: DescMessage | undefined, name: string): DescField => {
    const field = message?.fields.find((candidate) => candidate.name === name);
    if (!field) throw new Error(`${where}: names a field "${name}" that is not there`);
    return field;
  };
  const key = kind.key.map((name) => {
    const envelope = name.startsWith("record.");
    const field = find(envelope ? model.record : kind.message, name.replace(/^record\./, ""));
    if (field.fieldKind !== "scalar" && field.fieldKind !== "enum")
      throw new Error(`${where}: key "${name}" is not a single value`);
    return { envelope, field: field.number, type: typeOf(field) };
  });
  let terminal: { field: number; values: number[]; generation: number } | undefined;
  if (kind.terminal) {
    const state = find(kind.message, kind.terminal.field);
    const values = kind.terminal.value.map((name) => {
      const value = state.enum?.values.find((candidate) => candidate.name === name);
      if (!value) throw new Error(`${where}: names a terminal value "${name}" that is not there`);
      return value.number;
    });
    terminal = { field: state.number, values, generation: find(kind.message, kind.terminal.generation).number };
  }
  if (kind.fold === "LOG") return { key, terminal, list: 0 };
  const holder = kind.scope === "WORKSPACE" ? "baton.state.v1.WorkspaceState" : "baton.state.v1.MachineState";
  const list = find(
    model.messages.find((message) => message.typeName === holder),
    kind.list,
  );
  if (list.fieldKind !== "list" || list.message?.typeName !== "baton.state.v1.Record")
    throw new Error(`${where}: list "${kind.list}" is not a list of records in ${holder}`);
  return { key, terminal, list: list.number };
}
