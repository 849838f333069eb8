/**
 * `npm run guard:matrix`: every family of the rule pack at every position, in every encoding and disguise. `--seeds N`
 * takes N secrets of each family (20); `--show` prints what came through, to the terminal alone; `--write` puts the table
 * into docs/guard-proof.md.
 */
import { parseArgs } from "node:util";
import { type Column, caughtShare, matrix } from "../../conformance/guard/matrix.js";
import { markdownTable, publish } from "../page.js";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "20" },
    show: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const columns = matrix(seeds);

if (values.show)
  for (const { position, stored, strict } of columns)
    for (const { secret, placed } of [...stored.escapes, ...strict.escapes])
      process.stdout.write(
        `${position.name}\t${secret.group}\t${secret.family}\t${placed.class}\t${JSON.stringify(placed.text)}\n`,
      );

const table = markdownTable(
  ["position", "as stored", "secret rules alone", "goal"],
  columns.map(({ position, stored, strict }) => [position.name, share(stored), share(strict), `${position.goal} %`]),
);
process.stdout.write(`${table}\n`);
if (values.write)
  publish(
    { start: "matrix", end: "end of matrix" },
    [
      `Run of ${new Date().toISOString().slice(0, 10)} with \`npm run guard:matrix -- --write\`, ${seeds.length} secrets of each family. Caught of tried.`,
      "",
      table,
    ].join("\n"),
    "docs/guard-proof.md",
  );

function share(part: Column["stored"]): string {
  if (part.tried === 0) return "";
  const caught = part.tried - part.escapes.length;
  return `${caught.toLocaleString("en")} / ${part.tried.toLocaleString("en")} (${(Math.floor(caughtShare(part) * 100) / 100).toFixed(2)} %)`;
}
