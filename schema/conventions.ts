/**
 * The schema conventions that buf cannot express: every text is classified, every kind says what makes two records
 * the same and for how long they are shown. A schema that breaks one does not generate.
 */
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { getComments } from "@bufbuild/protoplugin";
import { classLimits, type KindModel, resolveKind, type SchemaModel, typeOf } from "./model.js";

/** Every breach of a convention, as one line each: place, what is wrong, what to do. */
export function problemsOf(model: SchemaModel): string[] {
  const problems: string[] = [];
  for (const message of model.messages) {
    if (!getComments(message).leading) problems.push(`${message.typeName}: has no comment`);
    for (const field of message.fields) problems.push(...fieldProblems(model, field));
    if (model.hasKindOption(message) && !model.kinds.some((kind) => kind.message === message))
      problems.push(`${message.typeName}: declares a kind but is not in the oneof of Record`);
  }
  for (const kind of model.kinds) problems.push(...kindProblems(model, kind));
  return [...problems, ...classProblems(model), ...codeProblems(model)];
}

/** A class without its limit would otherwise look like a text without a class. */
function classProblems(model: SchemaModel): string[] {
  const values = model.enums.find((desc) => desc.typeName === "baton.policy.v1.TextClass")?.values ?? [];
  return values
    .filter((value) => value.number !== 0 && !(value.localName in classLimits))
    .map((value) => `${value.name}: has no limit in schema/model.ts`);
}

function fieldProblems(model: SchemaModel, field: DescField): string[] {
  const where = `${field.parent.typeName}.${field.name}`;
  const problems: string[] = [];
  if (!getComments(field).leading) problems.push(`${where}: has no comment`);
  if (field.fieldKind === "map") return [...problems, `${where}: is a map; use a repeated message`];
  if (field.message && !field.message.typeName.startsWith("baton."))
    return [...problems, `${where}: is ${field.message.typeName}; declare a message of its own`];
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(field.name)) problems.push(`${where}: is not lower_snake_case`);
  if (field.fieldKind === "scalar" && !field.oneof && !field.proto.proto3Optional)
    problems.push(`${where}: is a scalar without "optional"`);
  let type: string;
  try {
    type = typeOf(field);
  } catch (error) {
    return [...problems, (error as Error).message];
  }
  const text = model.textOf(field);
  if (type !== "string" && type !== "bytes") {
    if (text) problems.push(`${where}: has a text class but is no text`);
    return problems;
  }
  if (!text) return [...problems, `${where}: string or bytes without a text class; add (baton.policy.v1.text)`];
  if (text.maxBytes > classLimits[text.class]) problems.push(`${where}: max_bytes is above the limit of its class`);
  if (text.class === "OPAQUE" && reachable(model, "record").has(field.parent.typeName))
    problems.push(`${where}: OPAQUE text in a record`);
  if (text.class === "OPAQUE" && reachable(model, "bundle").has(field.parent.typeName))
    problems.push(`${where}: OPAQUE text in a support bundle`);
  if (text.class === "DIGEST" && text.hexLengths.length === 0) problems.push(`${where}: DIGEST without hex_length`);
  if (text.class === "ENUM" && text.values.length === 0) problems.push(`${where}: ENUM without values`);
  if (text.class !== "IDENT" && text.shape !== "ANY") problems.push(`${where}: a shape on a class other than IDENT`);
  return problems;
}

const roots = { record: "baton.state.v1.Record", bundle: "baton.support.v1.Bundle" } as const;

const reached = new WeakMap<SchemaModel, Map<string, Set<string>>>();

/** Full names of all messages that a record, or a support bundle, can hold. */
function reachable(model: SchemaModel, root: keyof typeof roots): Set<string> {
  const byRoot = reached.get(model) ?? new Map<string, Set<string>>();
  reached.set(model, byRoot);
  const known = byRoot.get(root);
  if (known) return known;
  const names = new Set<string>();
  const visit = (message: DescMessage | undefined): void => {
    if (!message || names.has(message.typeName)) return;
    names.add(message.typeName);
    for (const field of message.fields) visit(field.message);
  };
  visit(model.messages.find((message) => message.typeName === roots[root]));
  byRoot.set(root, names);
  return names;
}

function kindProblems(model: SchemaModel, kind: KindModel): string[] {
  const where = kind.message.typeName;
  if (!model.hasKindOption(kind.message)) return [`${where}: is in Record but declares no kind`];
  const problems: string[] = [];
  if (kind.field.number < 16) problems.push(`${where}: kind number below 16 is kept for the envelope`);
  if (kind.scope === undefined) problems.push(`${where}: kind without scope`);
  if (kind.fold !== "LOG" && kind.key.length === 0) problems.push(`${where}: kind without identity key`);
  if (kind.fold === "LOG" && kind.key.length > 0) problems.push(`${where}: a log has no identity key`);
  if (!kind.days) problems.push(`${where}: kind without retention days`);
  if (problems.length > 0) return problems;
  try {
    resolveKind(model, kind);
  } catch (error) {
    problems.push((error as Error).message);
  }
  return problems;
}

function codeProblems(model: SchemaModel): string[] {
  const problems: string[] = [];
  const seen = new Set<string>();
  for (const desc of model.enums)
    for (const value of desc.values) {
      const code = model.errorOf(value) ?? model.checkOf(value);
      if (!code) continue;
      const check = model.checkOf(value);
      if (check && !(check.category && check.title && check.remedy && (check.warns || check.fails)))
        problems.push(`${value.name}: a check without category, title, remedy, or what makes it warn or fail`);
      if (!/^BTN-[A-Z][0-9]{2}$/.test(code.id)) problems.push(`${value.name}: id is not BTN-, a letter and two digits`);
      if (seen.has(code.id)) problems.push(`${value.name}: id ${code.id} is taken`);
      seen.add(code.id);
    }
  return problems;
}
