/** Follows a folder as it grows until stdin ends, and tells what it saw twice and what it saw go: `follow.ts HOME`. */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { recordTable } from "../../ts/src/gen/tables.js";
import { decodeMessage } from "../../ts/src/record/wire.js";
import { type Folder, readFolder, readNews, recordsOf, type SeenSegment } from "../../ts/src/segment/folder.js";
import { say } from "./say.js";

const dir = join(process.argv[2] ?? "", "segments");
let seen: readonly SeenSegment[] = [];
/** Names of the records that count. */
let counted = new Set<string>();
let [followed, anew] = [0, 0];
let isOver = false;
process.stdin.on("end", () => {
  isOver = true;
});
process.stdin.resume();

say("ready");
while (!isOver) {
  step();
  await pause(50);
}
step();
say(...[...counted].map((name) => `counts ${name}`), `read ${followed} ${anew}`);

function step(): void {
  const news = seen.length > 0 ? readNews(dir, seen) : undefined;
  if (news) {
    followed++;
    count(news);
    return;
  }
  anew++;
  const before = counted;
  counted = new Set();
  count(readFolder(dir));
  const gone = [...before].filter((name) => !counted.has(name));
  if (gone.length > 0) say(...gone.map((name) => `gone ${name}`));
}

function count(folder: Folder): void {
  for (const { payload } of recordsOf(folder)) {
    const name = nameIn(decodeMessage(recordTable, payload));
    if (counted.has(name)) say(`twice ${name}`);
    counted.add(name);
  }
  seen = folder.seen;
}

type Texts = Readonly<Record<string, { readonly [field: string]: unknown } | undefined>>;

function nameIn(record: Readonly<Record<string, unknown>>): string {
  const { handoffNote, usageEvent, nextAction, configFact } = record as Texts;
  return String(handoffNote?.text ?? usageEvent?.model ?? nextAction?.text ?? configFact?.value);
}
