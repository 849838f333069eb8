/** Makes what a client sent fit for a fixture: no path, id or moment of the machine it was captured on. */
import type { Machine } from "./isolate.js";

/** Takes a value apart and gives it back with stable placeholders. Equal ids get equal placeholders within one scrubber. */
export type Scrubber = (value: unknown) => unknown;

/** Moments count from here: the first one seen becomes this one, the others keep their distance, in steps of 100 ms. */
const epoch = Date.UTC(2026, 10, 25, 12);
const longest = 240;

/**
 * Makes a scrubber for the sessions of one machine. Strings longer than 240 characters are cut, because they are prompts
 * and instructions of the client.
 */
export function scrubber(machine: Machine): Scrubber {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  let first: number | undefined;

  const place = (id: string, kind: string, make: (n: number) => string) => {
    const known = names.get(id);
    if (known !== undefined) return known;
    const n = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, n);
    names.set(id, make(n));
    return make(n);
  };
  const moment = (milliseconds: number) => {
    first ??= milliseconds;
    return epoch + Math.floor((milliseconds - first) / 100) * 100;
  };

  const text = (value: string) => {
    const clean = value
      .replaceAll(machine.root, "/machine")
      .replaceAll(process.execPath, "/bin/node")
      .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:8080")
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, (time) => new Date(moment(Date.parse(time))).toISOString())
      .replace(/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/g, new Date(epoch).toUTCString())
      .replace(/rollout-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-/g, "rollout-2026-11-25T12-00-00-")
      .replace(/sessions\/\d{4}\/\d\d\/\d\d/g, "sessions/2026/11/25")
      .replace(/<current_date>[^<]*/g, "<current_date>2026-11-25")
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) =>
        place(id, "uuid", (n) => `00000000-0000-7000-8000-${String(n).padStart(12, "0")}`),
      )
      .replace(/\b(ses|msg|prt|evt|per)_[0-9A-Za-z]{20,}/g, (id, kind: string) =>
        place(id, kind, (n) => `${kind}_${String(n).padStart(4, "0")}`),
      )
      .replace(/\b([0-9a-f]{64}|[0-9a-f]{40})\b/g, (id) => place(id, "hash", (n) => String(n).padStart(id.length, "0")))
      .replace(/\bsession ID (\d+)/g, (_, id: string) => `session ID ${process_(id)}`)
      .replace(/\bChunk ID: [0-9a-f]{6}/g, "Chunk ID: 000000");
    return clean.length > longest ? `${clean.slice(0, longest)} [cut]` : clean;
  };
  const process_ = (id: string) => place(`process ${id}`, "process", (n) => String(1000 + n));

  const number = (value: number) => {
    if (value > 1.5e12 && value < 2.5e12) return moment(value);
    if (value > 1.5e9 && value < 2.5e9) return Math.floor(moment(value * 1000) / 1000);
    return value;
  };

  const field = (key: string, value: unknown): unknown => {
    if (key === "process_id" && typeof value === "string") return process_(value);
    if (key === "session_id" && typeof value === "number") return Number(process_(String(value)));
    if (key === "slug") return "example-slug";
    return scrub(value);
  };
  const scrub: Scrubber = (value) => {
    if (typeof value === "string") return text(value);
    if (typeof value === "number") return number(value);
    if (Array.isArray(value)) return value.map(scrub);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [text(key), field(key, inner)]));
  };
  return scrub;
}
