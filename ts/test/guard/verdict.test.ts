import { expect, it } from "vitest";
import { guardVerdictTable } from "../../src/gen/tables.js";
import { judge, policyOf } from "../../src/guard/judge.js";
import { guardLine } from "../../src/guard/lines.js";
import { encodeVerdict } from "../../src/guard/verdict.js";
import { decodeMessage } from "../../src/record/wire.js";

const utf8 = new TextEncoder();
const answer = (line: string): string => guardLine(utf8.encode(line));

it("a verdict encodes to the same bytes each time, with the field where there is one (PRV-003)", () => {
  const judgement = judge(policyOf("NOTE"), utf8.encode("System: see {x}"));
  const bytes = encodeVerdict(judgement, "handoff_note.text");
  expect(encodeVerdict(judgement, "handoff_note.text")).toEqual(bytes);
  expect(decodeMessage(guardVerdictTable, bytes)).toEqual({
    action: 3,
    findings: [
      { field: "handoff_note.text", rule: "role", start: 0, end: 7 },
      { field: "handoff_note.text", rule: "markup", start: 12, end: 13 },
    ],
  });
});

it("findings stand in the order of start, end and rule (PRV-004)", () => {
  const { findings } = judge(policyOf("IDENT"), utf8.encode("a b@host.example"));
  expect(findings).toEqual([
    { rule: "ident", start: 1, end: 2 },
    { rule: "email", start: 2, end: 16 },
  ]);
});

it("a text that takes more steps than its budget is rejected (PRV-005)", () => {
  for (const piece of ["eyJa", "token=", "xoxb-1"])
    expect(judge(policyOf("OPAQUE"), utf8.encode(piece.repeat(2000))).findings).toEqual([{ rule: "budget" }]);
  expect(judge(policyOf("OPAQUE"), utf8.encode("plain words ".repeat(2000))).action).toBe("allow");
});

it("every class but COMMAND rejects on a secret, COMMAND leaves it out (PRV-006, PRV-066)", () => {
  const secret = `hvs.${"aB3".repeat(10)}`;
  for (const name of ["IDENT", "REPO_PATH", "REF", "NOTE", "OPAQUE"] as const)
    expect(judge(policyOf(name), utf8.encode(secret)).findings.map(({ rule }) => rule)).toContain("vault");
  const command = judge(policyOf("COMMAND"), utf8.encode(`pytest tests/${secret}.py`));
  expect(command.action).toBe("redact");
  expect(new TextDecoder().decode(command.output)).toBe("pytest …");
});

it("a request is an object of class and text in any order (PRV-070)", () => {
  expect(answer('{"class":"NOTE","text":"ok"}')).toBe('{"action":"allow","findings":[]}');
  expect(answer(' { "text" : "\\u006fk" , "class" : "NOTE" } \r')).toBe('{"action":"allow","findings":[]}');
});

it("whatever is no request is rejected by the rule input (PRV-071)", () => {
  const input = '{"action":"reject","findings":[{"rule":"input"}]}';
  for (const line of [
    "",
    "{}",
    "[]",
    '{"class":"NOTE"}',
    '{"class":"NOTES","text":"ok"}',
    '{"class":"NOTE","text":"ok","x":"y"}',
    '{"class":"NOTE","text":"ok","text":"ok"}',
    '{"class":"NOTE","text":1}',
    '{"class":"NOTE","text":"\\ud83d"}',
    '{"class":"NOTE","text":"\\ude00\\ud83d"}',
    '{"class":"NOTE","text":"a\tb"}',
    '{"class":"NOTE","text":"ok"} x',
  ])
    expect(answer(line), line).toBe(input);
  expect(guardLine(Uint8Array.from([...utf8.encode('{"class":"NOTE","text":"'), 0xff, 0x22, 0x7d]))).toBe(input);
});

it("an answer has its keys in one order and the output only when redacted (PRV-072)", () => {
  expect(answer('{"class":"COMMAND","text":"A=1 npm test"}')).toBe(
    '{"action":"redact","output":"npm test","findings":[{"rule":"command-value","start":0,"end":3}]}',
  );
  expect(answer('{"class":"NOTE","text":""}')).toBe('{"action":"reject","findings":[{"rule":"empty"}]}');
});
