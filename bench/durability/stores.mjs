/**
 * The stores that are measured, each with its own way to an acknowledgement. `open(folder)` gives `ack(i)`, which takes
 * record number i and returns, or resolves, once the store promises it; and `close`.
 */
import { appendFile, appendFileSync, fdatasync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { envelopeAt, recordAt } from "../append/records.mjs";

/** Bytes of the frame that Baton makes of such a record. */
const frame = Buffer.alloc(119, 97);
const sync = promisify(fdatasync);
const append = promisify(appendFile);
const line = (i) => `${JSON.stringify(envelopeAt(i))}\n`;

/** By name; `batch(from, to)` in the place of `ack` is for what can only promise many at once as one. */
export const stores = {
  /** Does nothing but wait: how late the event loop of an idle host is. */
  idle: () => ({ ack: () => new Promise((done) => setTimeout(done, 5)) }),
  write(folder) {
    const fd = openSync(join(folder, "raw"), "a", 0o600);
    return { ack: () => void writeSync(fd, frame) };
  },
  "write-sync"(folder) {
    const fd = openSync(join(folder, "raw"), "a", 0o600);
    return {
      ack() {
        writeSync(fd, frame);
        fdatasyncSync(fd);
      },
    };
  },
  "write-async"(folder) {
    const fd = openSync(join(folder, "raw"), "a", 0o600);
    return {
      ack() {
        writeSync(fd, frame);
        return sync(fd);
      },
    };
  },
  jsonl(folder) {
    const file = join(folder, "out.jsonl");
    return { ack: (i) => appendFileSync(file, line(i)) };
  },
  "jsonl-sync"(folder) {
    const fd = openSync(join(folder, "out.jsonl"), "a", 0o600);
    return {
      ack(i) {
        appendFileSync(fd, line(i));
        fdatasyncSync(fd);
      },
    };
  },
  "jsonl-async"(folder) {
    const fd = openSync(join(folder, "out.jsonl"), "a", 0o600);
    return {
      async ack(i) {
        await append(fd, line(i));
        await sync(fd);
      },
    };
  },
  sqlite(folder) {
    const insert = openDatabase(folder);
    return { ack: insert };
  },
  "sqlite-batch"(folder) {
    const insert = openDatabase(folder);
    const batch = insert.database.transaction((from, to) => {
      for (let i = from; i < to; i += 1) insert(i);
    });
    return { batch };
  },
  async written(folder) {
    const { openBaton } = await import(resolve("dist/index.js"));
    const baton = openBaton({ client: "proxy", home: folder });
    return { ack: (i) => void baton.record("usageEvent", recordAt(i)), close: () => baton.close() };
  },
  async durable(folder) {
    const { openBaton } = await import(resolve("dist/index.js"));
    const baton = openBaton({ client: "proxy", home: folder, durability: "durable" });
    return {
      ack(i) {
        baton.record("usageEvent", recordAt(i));
        return baton.flush();
      },
      close: () => baton.close(),
    };
  },
};

/** The table and index of bench/append/sqlite.mjs, in WAL mode with synchronous FULL: a commit is on the disk. */
function openDatabase(folder) {
  const Database = createRequire(join(process.env.BENCH_MODULES, "package.json"))("better-sqlite3");
  const database = new Database(join(folder, "out.sqlite"), { timeout: 60_000 });
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.exec(
    "CREATE TABLE IF NOT EXISTS record (id INTEGER PRIMARY KEY, stamp INTEGER, kind TEXT, key TEXT, payload TEXT)",
  );
  database.exec("CREATE INDEX IF NOT EXISTS latest ON record (kind, key, stamp)");
  const statement = database.prepare("INSERT INTO record (stamp, kind, key, payload) VALUES (?, ?, ?, ?)");
  const insert = (i) => {
    const { stamp, kind, record } = envelopeAt(i);
    statement.run(Number(stamp), kind, record.model, JSON.stringify(record));
  };
  return Object.assign(insert, { database });
}
