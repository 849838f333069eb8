/** The records that every rival appends: one usage event each, about 200 bytes as protobuf. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** How many. */
export const count = Number(process.argv[3] ?? 1_000_000);

const models = ["grok-code", "big-pickle", "glm-4.6"];

/** Record number `i`, as the recorder takes it. */
export function recordAt(i) {
  return {
    v: 1,
    ts: 1_795_000_000_000 + i,
    day: "2026-11-18",
    model: models[i % 3],
    returnedModel: models[i % 3],
    status: 200,
    ok: true,
    latencyMs: i % 40_000,
    totalTokens: 1000 + (i % 9000),
    promptTokens: 900 + (i % 8000),
    completionTokens: 100 + (i % 1000),
    usageReported: true,
    usageEstimated: false,
    usageSource: "api",
    rateLimited: false,
    ordinal: 0,
  };
}

/** The same with the envelope, as a rival has to store it. */
export function envelopeAt(i) {
  const at = 1_795_000_000_000 + i;
  return { stamp: String(at), observedAt: at, client: "proxy", kind: "usageEvent", record: recordAt(i) };
}

/** Bytes of the segments of a state directory. */
export function segmentBytes(home) {
  const folder = join(home, "segments");
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** Prints what the driver reads. */
export function report(started, bytes) {
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  process.stdout.write(JSON.stringify({ perSecond: count / seconds, bytesPerRecord: bytes / count }));
}
