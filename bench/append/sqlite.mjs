/** better-sqlite3, WAL, synchronous NORMAL, 1000 rows per transaction, with the index that a latest-state read needs. */
import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { count, envelopeAt, report } from "./records.mjs";

const Database = createRequire(join(process.env.BENCH_MODULES, "package.json"))("better-sqlite3");
const file = join(process.argv[2], "out.sqlite");
const db = new Database(file);
db.pragma("journal_mode = WAL");
db.exec("CREATE TABLE record (id INTEGER PRIMARY KEY, stamp INTEGER, kind TEXT, key TEXT, payload TEXT)");
db.exec("CREATE INDEX latest ON record (kind, key, stamp)");
const insert = db.prepare("INSERT INTO record (stamp, kind, key, payload) VALUES (?, ?, ?, ?)");
const insertAll = db.transaction((from, to) => {
  for (let i = from; i < to; i += 1) {
    const { stamp, kind, record } = envelopeAt(i);
    insert.run(Number(stamp), kind, record.model, JSON.stringify(record));
  }
});
const started = process.hrtime.bigint();
for (let i = 0; i < count; i += 1000) insertAll(i, Math.min(i + 1000, count));
db.pragma("wal_checkpoint(TRUNCATE)");
report(started, statSync(file).size);
