/**
 * Evaluates the parts of Go source that make examples: string expressions, lists, `append`, `fmt.Sprintf`, and helper
 * functions that are one `return`. What it does not know is undefined.
 */
import { type GoToken, goTokens } from "./go-tokens.js";

/** A string, a list of values, or unknown. */
export type GoValue = string | readonly GoValue[] | undefined;

/** A function that the reader of the source knows. */
export type GoFunction = (args: readonly GoValue[]) => GoValue;

/** A function of the source: its name, the names of its parameters, the tokens between its braces. */
interface GoBody {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly tokens: readonly GoToken[];
}

/** What one function of the source declares. */
export interface GoScope {
  readonly variables: ReadonlyMap<string, GoValue>;
  /** Arguments of each call that was asked for. */
  readonly calls: ReadonlyMap<string, readonly (readonly GoValue[])[]>;
  /** Strings behind `NAME:` in composite literals. */
  readonly members: ReadonlyMap<string, GoValue>;
}

const builtIn: Readonly<Record<string, GoFunction>> = {
  append: ([list, ...more]) => [...(Array.isArray(list) ? list : []), ...more],
  "fmt.Sprintf": ([format, ...args]) =>
    typeof format === "string" && args.every((arg) => typeof arg === "string")
      ? format.replace(/%[sdv]/g, () => (args as string[]).shift() ?? "")
      : undefined,
  "strings.Repeat": ([text, times]) =>
    typeof text === "string" && typeof times === "string" ? text.repeat(Number(times)) : undefined,
  "strings.ToUpper": ([text]) => (typeof text === "string" ? text.toUpperCase() : undefined),
  "strings.ToLower": ([text]) => (typeof text === "string" ? text.toLowerCase() : undefined),
};

/** Functions of the source that are nothing but a `return`, by name, to be called from other functions. */
export function goHelpers(source: string, known: Readonly<Record<string, GoFunction>>): Record<string, GoFunction> {
  const helpers: Record<string, GoFunction> = {};
  for (const { name, parameters, tokens } of bodiesOf(source)) {
    if (tokens[0]?.text !== "return") continue;
    helpers[name] = (args) => {
      const scope = new Map(parameters.map((parameter, i) => [parameter, args[i]]));
      return evaluator(tokens, scope, { ...known, ...helpers }).value(1)?.value;
    };
  }
  return helpers;
}

/** Runs down each function of the source, and gives what it declares; `calls` are looked for by their whole name. */
export function goScopes(
  source: string,
  known: Readonly<Record<string, GoFunction>>,
  calls: readonly string[],
): Map<string, GoScope> {
  return new Map(bodiesOf(source).map(({ name, tokens }) => [name, scopeOf(tokens, known, calls)]));
}

function scopeOf(
  tokens: readonly GoToken[],
  known: Readonly<Record<string, GoFunction>>,
  wanted: readonly string[],
): GoScope {
  const variables = new Map<string, GoValue>();
  const members = new Map<string, GoValue>();
  const calls = new Map<string, GoValue[][]>();
  const { value, call } = evaluator(tokens, variables, known);
  tokens.forEach(({ kind, text }, at) => {
    const next = tokens[at + 1]?.text;
    if (kind !== "word") return;
    if (next === ":=" || (next === "=" && tokens[at - 1]?.text !== ".")) variables.set(text, value(at + 2)?.value);
    if (next === ":" && tokens[at + 2]?.kind === "string") members.set(text, tokens[at + 2]?.text);
    const named = call(at);
    if (named && wanted.includes(named.name))
      calls.set(named.name, [...(calls.get(named.name) ?? []), [...named.args]]);
  });
  return { variables, calls, members };
}

function evaluator(
  tokens: readonly GoToken[],
  variables: ReadonlyMap<string, GoValue>,
  known: Readonly<Record<string, GoFunction>>,
) {
  const textAt = (at: number): string | undefined => (tokens[at]?.kind === "string" ? undefined : tokens[at]?.text);

  /** An expression: operands joined by `+`. */
  function value(at: number): { value: GoValue; end: number } | undefined {
    let sum = operand(at);
    while (sum && textAt(sum.end) === "+") {
      const right = operand(sum.end + 1);
      if (!right) return undefined;
      const isText = typeof sum.value === "string" && typeof right.value === "string";
      sum = { value: isText ? `${sum.value}${right.value}` : undefined, end: right.end };
    }
    return sum;
  }

  function operand(at: number): { value: GoValue; end: number } | undefined {
    const token = tokens[at];
    if (!token) return undefined;
    if (token.kind === "string" || token.kind === "number") return { value: token.text, end: at + 1 };
    if (token.text === "(") {
      const inner = value(at + 1);
      return inner && textAt(inner.end) === ")" ? { value: inner.value, end: inner.end + 1 } : undefined;
    }
    const literal = listStart(at);
    if (literal > 0) {
      const list = listed(literal, "}");
      return list && { value: list.values, end: list.end };
    }
    const called = call(at);
    if (called) return { value: (known[called.name] ?? builtIn[called.name])?.(called.args), end: called.end };
    return token.kind === "word" ? { value: variables.get(token.text), end: wordEnd(at) } : undefined;
  }

  /** Offset behind the opening brace of `[]string{` and `map[string]string{`; -1 where there is none. */
  function listStart(at: number): number {
    const opening = ["[ ] string {", "map [ string ] string {"].find((signs) =>
      signs.split(" ").every((sign, i) => textAt(at + i) === sign),
    );
    return opening === undefined ? -1 : at + opening.split(" ").length;
  }

  /** Values up to a closing sign; of `key: value` the value. */
  function listed(from: number, close: string): { values: GoValue[]; end: number } | undefined {
    const values: GoValue[] = [];
    let at = from;
    while (textAt(at) !== close) {
      const first = value(at);
      const item = first && textAt(first.end) === ":" ? value(first.end + 1) : first;
      if (!item) return undefined;
      const isSpread = textAt(item.end) === "...";
      if (isSpread && Array.isArray(item.value)) values.push(...(item.value as GoValue[]));
      else values.push(item.value);
      at = item.end + (isSpread ? 1 : 0);
      if (textAt(at) === ",") at += 1;
      else if (textAt(at) !== close) return undefined;
    }
    return { values, end: at + 1 };
  }

  /** A call `name(…)` or `package.name(…)` that starts at a word. */
  function call(at: number): { name: string; args: readonly GoValue[]; end: number } | undefined {
    if (tokens[at]?.kind !== "word" || textAt(at - 1) === ".") return undefined;
    const end = wordEnd(at);
    if (textAt(end) !== "(") return undefined;
    const list = listed(end + 1, ")");
    const name = tokens.slice(at, end).map(({ text }) => text);
    return list && { name: name.join(""), args: list.values, end: list.end };
  }

  function wordEnd(at: number): number {
    let end = at + 1;
    while (textAt(end) === "." && tokens[end + 1]?.kind === "word") end += 2;
    return end;
  }

  return { value, call };
}

function bodiesOf(source: string): GoBody[] {
  const tokens = goTokens(source);
  const bodies: GoBody[] = [];
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at]?.kind !== "word" || tokens[at]?.text !== "func" || tokens[at + 2]?.text !== "(") continue;
    const parametersEnd = closing(tokens, at + 2, "(", ")");
    const open = tokens.findIndex(({ kind, text }, i) => i > parametersEnd && kind === "sign" && text === "{");
    const end = closing(tokens, open, "{", "}");
    const parameters = tokens
      .slice(at + 3, parametersEnd)
      .filter(({ kind, text }, i, all) => kind === "word" && text !== "string" && all[i - 1]?.text !== ".")
      .map(({ text }) => text);
    bodies.push({ name: tokens[at + 1]?.text ?? "", parameters, tokens: tokens.slice(open + 1, end) });
    at = end;
  }
  return bodies;
}

function closing(tokens: readonly GoToken[], from: number, open: string, close: string): number {
  let depth = 0;
  for (let at = from; at < tokens.length; at++) {
    if (tokens[at]?.kind !== "sign") continue;
    if (tokens[at]?.text === open) depth += 1;
    if (tokens[at]?.text === close) depth -= 1;
    if (depth === 0) return at;
  }
  return tokens.length;
}
