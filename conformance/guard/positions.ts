/** Where secrets turn up, and how they are disguised: each position gives texts in the classes that would hold them. */
import type { TextClass } from "../../ts/src/record/schema.js";
import { encodings } from "./encodings.js";
import type { Secret } from "./families.js";
import { tricks } from "./tricks.js";

/** A text with a secret in it. */
export interface Placed {
  readonly class: TextClass;
  readonly text: string;
  /** The secret as it stands in the text: a redacted output must not hold it. */
  readonly secret: string;
}

/** One column of the matrix. */
export interface Position {
  readonly name: string;
  /** Least share that must be caught, in percent. */
  readonly goal: number;
  place(secret: Secret): Placed[];
}

const plainGoal = 99;
const encodedGoal = 97;
const trickGoal = 100;

/** Every position. */
export const positions: readonly Position[] = [
  plain("alone", (secret) => in_(["NOTE", "OPAQUE"], shell(secret), secret)),
  plain("in a sentence", (secret) => in_(["NOTE", "OPAQUE"], `then ${shell(secret)} was set, see notes`, secret)),
  plain("quoted", (secret) => [
    ...in_(["NOTE", "OPAQUE"], quoted(secret, '"'), secret),
    ...in_(["NOTE", "OPAQUE"], quoted(secret, "'"), secret),
  ]),
  plain("in a URL path", (secret) => in_(["URL", "OPAQUE"], `https://example.org/a/${shell(secret)}/b`, secret)),
  plain("in a URL query", (secret) =>
    in_(["URL", "OPAQUE"], `https://example.org/a?${lower(secret) ?? "v"}=${secret.value}&z=1`, secret),
  ),
  plain("in a path", (secret) => in_(["REPO_PATH", "OPAQUE"], `conf/${shell(secret)}/main.txt`, secret)),
  plain("in a branch name", (secret) => in_(["REF", "OPAQUE"], `fix/${shell(secret)}`, secret)),
  plain("after --flag=", (secret) => in_(["COMMAND", "OPAQUE"], `npm test ${flag(secret)}`, secret)),
  plain("as header", (secret) => [
    ...in_(["COMMAND", "OPAQUE"], `curl -H "${header(secret)}" https://example.org`, secret),
    ...in_(["NOTE"], header(secret), secret),
  ]),
  plain("in JSON", (secret) =>
    in_(["NOTE", "OPAQUE"], JSON.stringify({ [lower(secret) ?? "v"]: secret.value }), secret),
  ),
  plain("in YAML", (secret) => in_(["NOTE", "OPAQUE"], `${lower(secret) ?? "v"}: ${secret.value}`, secret)),
  plain("name in upper case", (secret) =>
    in_(["NOTE", "OPAQUE"], `${upper(secret) ?? "API_KEY"}=${secret.value}`, secret),
  ),
  plain("name in lower case", (secret) =>
    in_(["NOTE", "OPAQUE"], `${lower(secret) ?? "api_key"}=${secret.value}`, secret),
  ),
  ...encodings.map(
    ({ name, encode, holds }): Position => ({
      name,
      goal: encodedGoal,
      place: (secret) =>
        encode(shell(secret)).flatMap((text) => [
          { class: "OPAQUE", text, secret: text },
          { class: "NOTE", text: `then ${text} was set`, secret: text },
          { class: "COMMAND", text: `npm test --flag=${text}`, secret: text },
          ...(holds === "URL" ? [{ class: "URL" as const, text: `https://example.org/${text}/b`, secret: text }] : []),
          ...(holds === "REPO_PATH" ? [{ class: "REPO_PATH" as const, text: `conf/${text}`, secret: text }] : []),
        ]),
    }),
  ),
  ...tricks.map(
    ({ name, disguise }): Position => ({
      name,
      goal: trickGoal,
      place: (secret) =>
        disguise(secret.value).flatMap((value) => {
          const hidden = { ...secret, value };
          return [
            ...in_(["NOTE", "IDENT", "REF"], shell(hidden), hidden),
            ...in_(["REPO_PATH"], `conf/${shell(hidden)}`, hidden),
            ...in_(["URL"], `https://example.org/${shell(hidden)}`, hidden),
            ...in_(["COMMAND"], `npm test ${flag(hidden)}`, hidden),
          ];
        }),
    }),
  ),
];

function plain(name: string, place: Position["place"]): Position {
  return { name, goal: plainGoal, place };
}

function in_(classes: readonly TextClass[], text: string, { value }: Secret): Placed[] {
  return classes.map((textClass) => ({ class: textClass, text, secret: value }));
}

function shell(secret: Secret): string {
  return secret.name === undefined ? secret.value : `${upper(secret)}=${secret.value}`;
}

function quoted(secret: Secret, quote: string): string {
  const value = quote + secret.value + quote;
  return secret.name === undefined ? `got ${value}` : `${secret.name} = ${value}`;
}

function flag({ name, value }: Secret): string {
  return `--${name?.replaceAll("_", "-") ?? "flag"}=${value}`;
}

function header({ name, value }: Secret): string {
  return `X-${name?.replaceAll("_", "-") ?? "Trace"}: ${value}`;
}

function upper({ name }: Secret): string | undefined {
  return name?.toUpperCase();
}

function lower({ name }: Secret): string | undefined {
  return name?.toLowerCase();
}
