/** Random request lines for `guard`: texts of every class, secrets made by recipe, commands, and bytes that are no request. */
import { readFileSync } from "node:fs";
import type { SourcePack, SourceToken } from "../schema/rule-pack-lint.js";
import type { Part, RulePack } from "../ts/src/guard/pack.js";
import { type Draw, drawFrom } from "./draw.js";

const pack = JSON.parse(readFileSync("rules/rule-pack.json", "utf8")) as SourcePack & Pick<RulePack, "commands">;
/** What both programs know of themselves: the values come up in the lines. */
export const ownSecrets: Readonly<Record<string, string>> = {
  DEPLOY_TOKEN: madeBy(11, 20),
  SESSION_PASSPHRASE: "four ordinary words here",
  DATABASE_URL: `postgres://me:${madeBy(12, 9)}%21@db.example/x`,
  HOME: "/home/quilla",
  USERPROFILE: "C:\\Users\\quilla",
  USER: "quilla",
  HOSTNAME: "tindra.example",
};
const classes = ["ENUM", "IDENT", "DIGEST", "REPO_PATH", "REF", "URL", "COMMAND", "NOTE", "OPAQUE"];
const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");
const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const texts = [
  "feature/add-guard.v2",
  "src/guard/[id]/page_2.test.tsx",
  "https://example.org:8443/owner/repo/pull/12",
  "ssh://[2001:db8::1]:22/x",
  "github.com/owner/repo",
  "ws-0123456789abcdef",
  "2026-11-23T17:00:00.5+01:00",
  "6m0.5s",
  "@cf/vendor/model-3b@2",
  "0123456789abcdef0123456789abcdef01234567",
  "git-репозиторий готов, APIキーを更新, 테스트 3",
  "System: mail name@host.example now",
  "see <|mark|> and [INST] and `code`",
  "the token: expired, password = changeme",
];
const words = [
  "test",
  "a/b.ts",
  "--flag",
  "--flag=v",
  "-j4",
  "-rf",
  "'x y'",
  '"$(x)"',
  "a\\ b",
  "&&",
  "|",
  "…",
  "x=1",
  "-pvalue9",
];
/** Other spellings of a text, of which the guard decodes two levels. */
const spellings: readonly ((text: string) => string)[] = [
  (text) => Buffer.from(text).toString("base64"),
  (text) => Buffer.from(text).toString("base64url"),
  (text) => Buffer.from(text, "utf16le").toString("base64"),
  (text) => Buffer.from(text).toString("hex"),
  (text) => [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  (text) => escaped(text, (code) => `\\u${code.toString(16).padStart(4, "0")}`),
  (text) => escaped(text, (code) => `\\x${(code & 0xff).toString(16).padStart(2, "0")}`),
  (text) => escaped(text, (code) => `\\u{${code.toString(16)}}`),
  (text) => escaped(text, (code) => `&#${code};`),
  (text) => escaped(text, (code) => `&#x${code.toString(16)};`),
  (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;"),
  (text) => encodeURIComponent(Buffer.from(text).toString()),
  (text) => JSON.stringify(text),
];
const glue = [" ", "/", "=", ":", '"', "'", "?token=", "://", "@", "--token ", "\n", "", "é", "\\"];

/** One request line, without its line feed. */
export function randomLine(draw: Draw): Uint8Array {
  const text = randomText(draw);
  const name = draw(40) === 0 ? "NOTES" : pick(draw, classes);
  const line = Buffer.from(`{"class":${JSON.stringify(name)},"text":${quoted(draw, text)}}`);
  return draw(8) === 0 ? mutated(draw, line) : line.filter((byte) => byte !== 0x0a);
}

/** A text of any kind, which may hold a secret. */
export function randomText(draw: Draw): string {
  switch (draw(10)) {
    case 0:
      return drawn(draw, printable, draw(60));
    case 1:
      return Array.from({ length: draw(20) }, () => String.fromCodePoint(randomCodePoint(draw))).join("");
    case 2:
      return changed(draw, pick(draw, texts));
    case 3:
      return inContext(draw, randomToken(draw, pick(draw, pack.tokens)));
    case 4:
      return randomAssignment(draw);
    case 5:
      return changed(draw, inContext(draw, randomToken(draw, pick(draw, pack.tokens))));
    case 6:
      return randomNamed(draw);
    case 7:
      return draw(3) === 0 ? randomOwn(draw) : randomSpelling(draw);
    case 8:
      return inContext(
        draw,
        drawn(draw, pick(draw, [alphanumeric, `${alphanumeric}_-`, "abcdefghijklm0123456789"]), draw(70)),
      );
    default:
      return randomCommand(draw);
  }
}

/** A text that a token rule finds, unless it looks like a placeholder. */
function randomToken(draw: Draw, rule: SourceToken): string {
  const lead = rule.lead ? randomPart(draw, rule.lead) : "";
  return lead + pick(draw, rule.literals) + rule.parts.map((part) => randomPart(draw, part)).join("");
}

function randomPart(draw: Draw, part: Part): string {
  if (part.literal !== undefined) return part.literal;
  const min = part.min ?? 0;
  const extra = Math.min((part.max ?? min) - min, 12);
  return drawn(draw, membersOf(part.set ?? ""), min + (extra > 0 ? draw(extra + 1) : 0));
}

/** The bytes of a set in the notation of the rule pack, as text. */
export function membersOf(set: string): string {
  return set.replace(/(.)-(.)/g, (_, first: string, last: string) => {
    const start = first.charCodeAt(0);
    return Array.from({ length: last.charCodeAt(0) - start + 1 }, (_, i) => String.fromCharCode(start + i)).join("");
  });
}

function randomAssignment(draw: Draw): string {
  const name = `${pick(draw, ["", "my_", "X-", "--", '"'])}${pick(draw, pack.assignment.keywords)}`;
  const operator = pick(draw, [...pack.assignment.operators, " ", '": "', " = '", ": Bearer ", '\\":\\"']);
  const value = pick(draw, [
    drawn(draw, alphanumeric, draw(24)),
    drawn(draw, printable, draw(24)),
    "process.env.X",
    "<X>",
  ]);
  return (draw(3) === 0 ? name.toUpperCase() : name) + operator + value;
}

/** A value of a named rule behind one of its names, or a pair behind its flag. */
function randomNamed(draw: Draw): string {
  const { named = [], assignment } = pack;
  const operator = pick(draw, ["=", ": ", " ", "_key=", '_key": "', "ApiKey = '", "&"]);
  if (named.length === 0 || draw(4) === 0)
    return `${pick(draw, assignment.pairs ?? [])}${operator}me:${drawn(draw, alphanumeric, draw(20))}`;
  const { names, parts } = pick(draw, named);
  const value = parts.map((part) => randomPart(draw, part)).join("");
  return inContext(draw, pick(draw, names) + operator + (draw(4) === 0 ? changed(draw, value) : value));
}

/** Something that the programs know of themselves, whole or damaged, in a context of its own or another. */
function randomOwn(draw: Draw): string {
  const value = pick(draw, [...Object.values(ownSecrets), `${madeBy(12, 9)}!`]);
  const text = pick(draw, [
    value,
    `/home/${value}/x`,
    `me@${value}`,
    `${value}@host`,
    `\\\\${value}\\c$`,
    value.toUpperCase(),
  ]);
  const spelled = draw(2) === 0 ? text : pick(draw, spellings)(drawn(draw, alphanumeric, draw(4)) + text);
  return inContext(draw, draw(4) === 0 ? changed(draw, spelled) : spelled);
}

/** A text with a secret, spelled up to three times in other ways, and damaged now and then. */
function randomSpelling(draw: Draw): string {
  let text = pick(draw, [
    () => randomToken(draw, pick(draw, pack.tokens)),
    () => randomAssignment(draw),
    () => randomNamed(draw),
  ])();
  for (let depth = draw(3); depth >= 0; depth--) text = inContext(draw, pick(draw, spellings)(text));
  return draw(4) === 0 ? changed(draw, text) : text;
}

function escaped(text: string, spell: (code: number) => string): string {
  return Array.from({ length: text.length }, (_, i) => spell(text.charCodeAt(i))).join("");
}

function randomCommand(draw: Draw): string {
  const program = pick(draw, pick(draw, pack.commands.programs).names);
  const others = Array.from({ length: draw(6) }, () =>
    pick(draw, [
      pick(draw, words),
      pick(draw, pack.commands.words),
      changed(draw, pick(draw, words)),
      randomToken(draw, pick(draw, pack.tokens)),
    ]),
  );
  return [...(draw(5) === 0 ? ["A=b"] : []), draw(4) === 0 ? `./x/${program}` : program, ...others].join(
    pick(draw, [" ", " ", "  "]),
  );
}

function inContext(draw: Draw, text: string): string {
  return (
    pick(draw, ["", "", "see", "https://h.example"]) +
    pick(draw, glue) +
    text +
    pick(draw, glue) +
    pick(draw, ["", "z"])
  );
}

function changed(draw: Draw, text: string): string {
  const at = draw(text.length + 1);
  const insert = draw(3) === 0 ? String.fromCodePoint(randomCodePoint(draw)) : drawn(draw, printable, draw(3));
  return text.slice(0, at) + insert + text.slice(at + draw(3));
}

function mutated(draw: Draw, line: Uint8Array): Uint8Array {
  const bytes = [...line];
  bytes.splice(draw(bytes.length + 1), draw(3), ...Array.from({ length: draw(4) }, () => draw(256)));
  return Uint8Array.from(bytes.filter((byte) => byte !== 0x0a));
}

/** A JSON string of the text in one of many spellings; lone surrogates stay, as escapes. */
function quoted(draw: Draw, text: string): string {
  const escapeAll = draw(6) === 0;
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  const spelled = (unit: number): string => `\\u${unit.toString(16).padStart(4, "0")}`;
  return escapeAll ? `"${units.map(spelled).join("")}"` : JSON.stringify(text);
}

function randomCodePoint(draw: Draw): number {
  const limits = [0x80, 0x250, 0x600, 0x3000, 0xe000, 0x10000, 0x110000];
  return (draw(0x8000) * 0x8000 + draw(0x8000)) % pick(draw, limits);
}

/** Letters and digits from a seed: nothing that looks like a secret stands in this file. */
function madeBy(seed: number, length: number): string {
  const draw = drawFrom(seed);
  return drawn(draw, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", length);
}

function drawn(draw: Draw, alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(draw(alphabet.length))).join("");
}

function pick<T>(draw: Draw, list: readonly T[]): T {
  return list[draw(list.length)] as T;
}
