/** Reads policy options off descriptors: dynamic messages of the very schema that is being read, so looked into by name. */
import { type AnyDesc, type DescExtension, type DescFile, getOption, hasOption } from "@bufbuild/protobuf";

/** The value of an option, or a message inside of one. What is absent reads as 0, "", false, an empty list. */
export interface OptionValue {
  number(name: string): number;
  text(name: string): string;
  flag(name: string): boolean;
  texts(name: string): string[];
  numbers(name: string): number[];
  /** A field with presence; undefined where it is absent. */
  message(name: string): OptionValue | undefined;
  has(name: string): boolean;
}

/** Gives a reader of the options that the files declare in baton.policy.v1. Throws on a name that they do not have. */
export function optionReader(files: readonly DescFile[]): (desc: AnyDesc, name: string) => OptionValue | undefined {
  const extensions = new Map<string, DescExtension>();
  for (const file of files) for (const extension of file.extensions) extensions.set(extension.typeName, extension);
  return (desc, name) => {
    const extension = extensions.get(`baton.policy.v1.${name}`);
    if (!extension) throw new Error(`policy.proto does not declare the option ${name}`);
    return hasOption(desc, extension) ? valueIn(getOption(desc, extension)) : undefined;
  };
}

function valueIn(message: unknown): OptionValue | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const fields = message as Readonly<Record<string, unknown>>;
  const list = (name: string): unknown[] => {
    const value = fields[name];
    return Array.isArray(value) ? value : [];
  };
  return {
    number: (name) => Number(fields[name] ?? 0),
    text: (name) => String(fields[name] ?? ""),
    flag: (name) => fields[name] === true,
    texts: (name) => list(name).map(String),
    numbers: (name) => list(name).map(Number),
    message: (name) => valueIn(fields[name]),
    has: (name) => fields[name] !== undefined,
  };
}
