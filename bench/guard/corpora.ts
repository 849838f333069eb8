/** The examples that other scanners carry in their own repositories: read in memory, never kept. */
import { drawFrom } from "../../conformance/draw.js";
import { type GoFunction, type GoValue, goHelpers, goScopes } from "./go-examples.js";
import { sampleOf } from "./regex-sample.js";
import { filesOf } from "./repository.js";

/** An example of one rule of another scanner. */
export interface Example {
  /** Id of that rule. */
  readonly rule: string;
  /** Whether that scanner says that it holds a secret. */
  readonly isSecret: boolean;
  readonly text: string;
}

/** The examples of a repository, and how many of them could not be read. */
export interface Corpus {
  readonly examples: readonly Example[];
  readonly unread: number;
}

const generator = "cmd/generate/config/";
const specs = /^internal\/rules\/specs\/[^/]+\.json$/;
const patterns = "crates/atuin-client/src/secrets.rs";

/** Reads the examples of gitleaks, betterleaks, goredact or atuin. Throws where the repository is none of them. */
export function corpusOf(repository: string): Corpus {
  const files = filesOf(
    repository,
    (path) => path === patterns || specs.test(path) || (path.startsWith(generator) && /(?<!_test)\.go$/.test(path)),
  );
  const first = files[0]?.path ?? "";
  if (first === patterns) return atuin(files[0]?.text ?? "");
  if (specs.test(first)) return goredact(files.map(({ text }) => text));
  if (first.startsWith(generator)) return gitleaks(files.map(({ text }) => text));
  throw new Error(`${repository} holds no examples that are known here`);
}

/** Each rule is a function that ends in `utils.Validate(rule, positives, negatives)`. */
function gitleaks(sources: readonly string[]): Corpus {
  const draw = drawFrom(1);
  const sample: GoFunction = ([expression]) => {
    if (typeof expression !== "string") return undefined;
    try {
      return sampleOf(expression, draw);
    } catch {
      return undefined; // an expression with look-around: counted as unread
    }
  };
  const generators = { "secrets.NewSecret": sample, "secrets.NewSecretWithEntropy": sample };
  const helpers: Record<string, GoFunction> = { ...generators };
  for (const source of sources)
    for (const [name, helper] of Object.entries(goHelpers(source, helpers))) {
      helpers[name] = helper;
      helpers[`utils.${name}`] = helper;
    }
  const forms = sources.flatMap((source) => {
    const samples = goScopes(source, helpers, []).get("GenerateSampleSecrets")?.variables.get("samples");
    return Array.isArray(samples) ? (samples as GoValue[]) : [];
  });
  helpers["utils.GenerateSampleSecrets"] = ([name, secret]) =>
    typeof name === "string" && typeof secret === "string"
      ? forms.map((form) =>
          typeof form === "string"
            ? form
                .replaceAll("{i}", name)
                .replaceAll("{I}", name.toUpperCase())
                .replaceAll("{s}", () => secret)
            : undefined,
        )
      : undefined;
  const validators = ["utils.Validate", "utils.ValidateWithPaths"];
  const examples: Example[] = [];
  let unread = 0;
  for (const source of sources)
    for (const { calls, members } of goScopes(source, helpers, validators).values())
      for (const [, positives, negatives] of [...calls.values()].flat())
        for (const [isSecret, values] of [[true, positives] as const, [false, negatives] as const]) {
          if (values === undefined) unread += isSecret ? 1 : 0;
          for (const text of Array.isArray(values) ? (values as GoValue[]) : [])
            if (typeof text === "string") examples.push({ rule: String(members.get("RuleID")), isSecret, text });
            else unread += 1;
        }
  return { examples, unread };
}

/** Each rule has `fixtures.match` and `fixtures.nomatch`. */
function goredact(sources: readonly string[]): Corpus {
  interface Spec {
    readonly rules: readonly {
      readonly id: string;
      readonly fixtures: { readonly match: readonly string[]; readonly nomatch: readonly string[] };
    }[];
  }
  const rules = sources.flatMap((source) => (JSON.parse(source) as Spec).rules);
  const examples = rules.flatMap(({ id, fixtures }) => [
    ...fixtures.match.map((text) => ({ rule: id, isSecret: true, text })),
    ...fixtures.nomatch.map((text) => ({ rule: id, isSecret: false, text })),
  ]);
  return { examples, unread: 0 };
}

/** Each rule is `(name, expression, TestValue::Single(text) or Multiple(&[text…]))`. */
function atuin(source: string): Corpus {
  const list = source.slice(0, source.indexOf("#[cfg(test)]"));
  const strings = /"((?:[^"\\]|\\.)*)"/g;
  const examples = [
    ...list.matchAll(/\(\s*"([^"]+)",\s*r?"(?:[^"\\]|\\.)*",\s*TestValue::(Single|Multiple)([\s\S]*?)\)\s*,/g),
  ];
  return {
    examples: examples.flatMap(([, rule = "", , values = ""]) =>
      [...values.matchAll(strings)].map(([, text = ""]) => ({
        rule,
        isSecret: true,
        text: text.replace(/\\(.)/g, "$1"),
      })),
    ),
    unread: 0,
  };
}
