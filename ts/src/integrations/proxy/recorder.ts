/** What Baton records of the lines that the proxy writes: each event, and the health of models as it changes. */
import { homedir } from "node:os";
import { resolve } from "node:path";
import { retentionDays } from "../../fold/state.js";
import { now, openHome } from "../../home/home.js";
import { openBaton } from "../../index.js";
import type { UsageEvent } from "../../usage/clean.js";
import { healthNews, type ModelSight, type ObservedHealth, sightEvent } from "../../usage/health.js";
import { parseLine } from "../../usage/line.js";
import { defaultUsagePath } from "../../usage/path.js";
import { usageKind } from "../../usage/stored.js";
import { ordinalsOf } from "./ordinals.js";

/** Records lines as they are written, one after the other. */
export interface LineRecorder {
  /** Records the event of a line, which has no newline yet. Resolves when it is written or given up; never rejects. */
  beforeLine(text: string): Promise<void>;
  /** Says that the line stands in the file. */
  afterLine(text: string): void;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Models whose health is followed; above it all are forgotten, so that no client can fill the memory with names. */
const mostModels = 1024;

/** The recorder of a file; undefined for every file but the proxy's own (USE-061). Does no I/O. */
export function recorderOf(path: string): LineRecorder | undefined {
  const own = [defaultUsagePath(homedir()), process.env.USAGE_DB_PATH];
  return own.some((file) => file && resolve(file) === resolve(path)) ? createRecorder(path) : undefined;
}

interface Settings {
  readonly provider: string;
  readonly retentionDays: number;
}

function createRecorder(path: string): LineRecorder {
  const baton = openBaton({ client: "proxy" });
  const sights = new Map<string, ModelSight>();
  const healths = new Map<string, ObservedHealth>();
  let settings: Settings | undefined;

  function look(event: UsageEvent): void {
    if (event.ts > now(process.env) + dayMs) return;
    makeRoom(sights, event.model ?? "unknown");
    sightEvent(sights, event);
  }

  const ordinals = ordinalsOf(path, look);
  setImmediate(warmGuard).unref();

  async function record(text: string): Promise<void> {
    const parsed = parseLine(text);
    if (parsed.verdict === "refused") return;
    const { event } = parsed;
    const ordinal = await ordinals.next(event);
    settings ??= readSettings();
    const { provider, retentionDays } = settings;
    const ms = now(process.env);
    if (event.ts < ms - retentionDays * dayMs) return;
    const lostBefore = lost();
    baton.safe.record("usageEvent", { ...event, ordinal }, { observedAt: Math.floor(event.ts) });
    look(event);
    const model = event.model ?? "unknown";
    const sight = sights.get(model);
    const news = sight && healthNews({ provider, model, sight, now: ms, present: healths.get(model) });
    if (news) baton.safe.record("modelHealth", news.health, { observedAt: news.observedAt });
    await baton.safe.flush();
    if (!news || lost() > lostBefore) return;
    makeRoom(healths, model);
    healths.set(model, news);
  }

  function lost(): number {
    return [...baton.safe.dropped.values()].reduce((sum, count) => sum + count, 0);
  }

  return {
    async beforeLine(text) {
      try {
        await record(text);
      } catch {
        // What could not be numbered or recorded is in the line, and the next import adds it.
      }
    },
    afterLine(text) {
      ordinals.appended(Buffer.byteLength(text) + 1);
    },
  };
}

/** The guard compiles its rules with the first text that it judges: better now than while requests wait. */
function warmGuard(): void {
  try {
    parseLine('{"ts":0,"model":"unknown"}');
  } catch {
    // The first record meets the same failure, and drops.
  }
}

/** Forgets all models where one more would be too many. */
function makeRoom(models: Map<string, unknown>, model: string): void {
  if (models.size >= mostModels && !models.has(model)) models.clear();
}

/** What the user has set; the defaults where the configuration cannot be read, which the commands tell. */
function readSettings(): Settings {
  try {
    const { retention, usageProvider } = openHome({ env: process.env }).config();
    return { provider: usageProvider ?? "opencode-zen", retentionDays: retentionDays(usageKind, retention) };
  } catch {
    return { provider: "opencode-zen", retentionDays: usageKind.days };
  }
}
