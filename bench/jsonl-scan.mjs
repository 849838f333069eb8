/** The same question answered from JSON lines in Node: jsonl-scan.mjs KEYS.json EXPORT.jsonl WORKSPACE. */
import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [keysFile, exportFile, workspace] = process.argv.slice(2);
const keys = Object.entries(JSON.parse(readFileSync(keysFile, "utf8")));
const latest = new Map();
for await (const line of createInterface({ input: createReadStream(exportFile), crlfDelay: Infinity })) {
  const { record, stamp } = JSON.parse(line);
  if (record?.workspace !== workspace) continue;
  const [kind, names] = keys.find(([name]) => name in record) ?? [];
  if (kind === undefined) continue;
  const parts = names.map((name) => (name.startsWith("record.") ? record[name.slice(7)] : record[kind][name]));
  const key = JSON.stringify([kind, ...parts]);
  const known = latest.get(key);
  if (known === undefined || BigInt(known) < BigInt(stamp)) latest.set(key, stamp);
}
const stamps = [...latest.values()].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
process.stdout.write(stamps.map((stamp) => `${stamp}\n`).join(""));
