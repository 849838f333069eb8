/** The line protocol of `baton guard` and `opencode-proxy-doctor guard`: one line in, one line out (PRV-070 to PRV-072). */
import { classLimits } from "../gen/tables.js";
import type { TextClass } from "../record/schema.js";
import { isUtf8 } from "../record/wire.js";
import { type Finding, inOrder, type Judgement } from "./finding.js";
import { parseFlatJson } from "./flat-json.js";
import { judge, policyOf } from "./judge.js";
import type { Known } from "./known.js";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Judges the request in a line, without its line feed: `{"class":"NOTE","text":"…"}`. Gives the verdict as one line of JSON
 * without line feed: `{"action":"…","output":"…","findings":[{"rule":"…","start":0,"end":9}]}`; `output` only where the
 * action is redact. `known` is what only this process knows. Whatever is no such request is rejected by the rule `input`.
 */
export function guardLine(line: Uint8Array, known?: Known): string {
  return print(judgeLine(line, known));
}

function judgeLine(line: Uint8Array, known: Known | undefined): Judgement {
  const unread: Judgement = { action: "reject", findings: inOrder([{ rule: "input" }]) };
  const request = isUtf8(line) ? parseFlatJson(line) : undefined;
  if (request?.size !== 2) return unread;
  const text = request.get("text");
  const name = request.get("class");
  if (!text || !name) return unread;
  const textClass = (Object.keys(classLimits) as TextClass[]).find((known) => known === utf8.decode(name));
  return textClass ? judge(policyOf(textClass), text, known) : unread;
}

/** Prints in a fixed order of keys. Rules are plain words; an output is one line of text without quotes or backslashes. */
function print({ action, output, findings }: Judgement): string {
  const printed = output ? `"output":"${utf8.decode(output)}",` : "";
  return `{"action":"${action}",${printed}"findings":[${findings.map(printFinding).join(",")}]}`;
}

function printFinding({ rule, start, end }: Finding): string {
  return start === undefined ? `{"rule":"${rule}"}` : `{"rule":"${rule}","start":${start},"end":${end}}`;
}
