/** Reading what OpenCode hands over: the named fields, and nothing beside them. */

/** Longest id or name that is taken; OpenCode's own are far shorter. */
const longestText = 200;

/** The value at a path of names, undefined where there is none. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return found;
}

/** The id or name at a path; undefined where there is none of at most 200 characters. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, ...path);
  return typeof found === "string" && found !== "" && found.length <= longestText ? found : undefined;
}

/** The whole number at a path, undefined where there is none. */
export function integerAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = valueAt(value, ...path);
  return Number.isSafeInteger(found) ? (found as number) : undefined;
}
