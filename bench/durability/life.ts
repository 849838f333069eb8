/**
 * A life of work in a state directory: days of sessions in several repositories behind a proxy, as hooks, servers and the
 * proxy would have recorded them, through the guard and the real writer with a clock that is moved on.
 */
import { type Draw, drawFrom } from "../../conformance/draw.js";
import type { KindInits } from "../../ts/src/gen/inits.js";
import { guardKind, kindNamed } from "../../ts/src/guard/record.js";
import { keyId, openHome } from "../../ts/src/home/home.js";
import { version } from "../../ts/src/library/version.js";
import { mergeSegments } from "../../ts/src/merge/merge.js";
import { dayMs, nextStamp, noStamp, type Stamp } from "../../ts/src/record/stamp.js";
import { openWriter } from "../../ts/src/segment/writer.js";

/** How much happens on a day. */
export interface Habit {
  /** Requests of the proxy. */
  readonly requests: number;
  /** Sessions; each records 16 things. */
  readonly sessions: number;
  /** Looks at models, the proxy and settings. */
  readonly looks: number;
  /** One of so many sessions is of Codex, whose hooks are processes; the others are of OpenCode, whose plugin stays. */
  readonly hooked: number;
}

/** A life. */
export interface Life {
  /** State directory; made where it is not there. */
  readonly home: string;
  /** The midnight that the first day begins with: milliseconds since 1970. */
  readonly from: number;
  readonly days: number;
  readonly habit: Habit;
  readonly seed: number;
  /** Called at the end of each day, of which the first is 1, with its last moment. */
  readonly atNight?: (day: number, now: number) => void;
}

type Kinds = { readonly [K in keyof KindInits]: readonly [kind: K, init: KindInits[K]] }[keyof KindInits];

interface Recorder {
  put(...record: Kinds): void;
  close(): void;
}

/** Work begins at nine and takes so long. */
const [morningMs, workMs] = [9 * 3_600_000, 10 * 3_600_000];
const repositories = 12;
const commands = ["npm test", "npm run lint", "cargo test", "cargo clippy", "make check", "pytest"];
const models = Array.from({ length: 12 }, (_, i) => `vendor/model-${i}`);
const notes = [
  "the parser takes empty lists now",
  "timeouts are read from the settings, not from the environment",
  "retry only after the limit is over, the proxy tells when",
  "the migration is not needed any more once both readers are out",
  "the flaky test waits for the watcher and not for the file",
];
const actions = [
  "write the test for the empty list",
  "rebase the branch once the fix is merged",
  "measure the start again with the index gone",
  "ask for a review of the parser",
];

/** Records of a day. */
export function recordsOf({ requests, sessions, looks }: Habit): number {
  return requests + looks + 16 * sessions;
}

/** Lives it. */
export function live({ home: dir, from, days, habit, seed, atNight }: Life): void {
  const home = openHome({ home: dir, env: {} });
  home.create();
  const key = keyId(home.key());
  const draw = drawFrom(seed);
  let now = from;
  let stamp: Stamp = noStamp;

  function open(client: string, workspace?: string, session?: string): Recorder {
    const clock = { now: () => now, clock: () => ({ wall: now, monotonic: now }) };
    const writer = openWriter({
      dir: home.segments,
      durability: "written",
      writerName: "baton-ts",
      writerVersion: version,
      keyId: key,
      ...clock,
    });
    return {
      put(...[name, init]) {
        const kind = kindNamed(name);
        if (!kind) throw new Error(`no kind ${name}`);
        stamp = nextStamp(stamp, now);
        writer.put(guardKind(kind, init, { stamp, observedAt: now, client, workspace, session }));
      },
      close: () => writer.close(),
    };
  }

  /** A record of a program that lives for it alone, such as a hook. */
  function leave(client: string, workspace: string, session: string, ...record: Kinds): void {
    const recorder = open(client, workspace, session);
    recorder.put(...record);
    recorder.close();
  }

  /** A session. */
  function work(number: number, workspace: string, worktree: string, ms: number): void {
    const session = aliasOf("s", number);
    const isHooked = number % habit.hooked === 0;
    const client = isHooked ? "codex" : "opencode";
    const stays = open(isHooked ? "mcp" : client, workspace, session);
    const step = (...record: Kinds): void => {
      now += Math.floor(ms / 20);
      if (isHooked) leave(client, workspace, session, ...record);
      else stays.put(...record);
    };
    step("sessionMark", { phase: "start" });
    const branch = {
      type: "branch",
      worktree,
      repository: workspace,
      ref: `feature/${draw(40)}`,
      active: true,
    } as const;
    stays.put("pointer", branch);
    stays.put("pointer", { type: "pr", number: 1 + draw(300), repository: workspace, active: true });
    const promised = { id: aliasOf("a", number), text: pick(draw, actions) };
    stays.put("nextAction", { ...promised, state: "open", generation: 0 });
    for (let i = 0; i < 8; i++) step("validation", validationOf(draw, worktree));
    stays.put("handoffNote", { id: aliasOf("n", number), text: pick(draw, notes), category: "finding" });
    const claim = { generation: 1, claimer: session };
    stays.put("nextAction", { ...promised, ...claim, state: "claimed", leaseUntil: now + 7_200_000 });
    // One of twenty promises is never kept.
    if (number % 20 !== 0) stays.put("nextAction", { ...promised, ...claim, state: "done" });
    step("sessionMark", { phase: "end" });
    stays.close();
  }

  for (let day = 1; day <= days; day++) {
    const midnight = from + (day - 1) * dayMs;
    const date = new Date(midnight).toISOString().slice(0, 10);
    now = midnight + morningMs;
    const proxy = open("proxy");
    const slotMs = workMs / habit.sessions;
    for (let slot = 0; slot < habit.sessions; slot++) {
      const begun = midnight + morningMs + slot * slotMs;
      const mine = share(habit.requests, habit.sessions, slot);
      now = Math.max(now, begun);
      for (let i = 0; i < share(habit.looks, habit.sessions, slot); i++) proxy.put(...lookAt(draw, now));
      for (let i = 0; i < mine; i++) {
        now = Math.max(now, Math.floor(begun + (slotMs * 0.3 * i) / mine));
        proxy.put("usageEvent", requestOf(draw, now, date));
      }
      const repository = draw(repositories);
      const number = (midnight / dayMs) * habit.sessions + slot;
      work(number, `github.com/acme/repo-${repository}`, aliasOf("wt", repository), slotMs * 0.6);
    }
    proxy.close();
    now = midnight + morningMs + workMs;
    // What a command of the evening would do, as far as time is no matter (docs/design.md, "Merging").
    mergeSegments({ home: dir, writerName: "baton-ts", writerVersion: version, now, clock: () => 0 });
    atNight?.(day, now);
  }
}

function validationOf(draw: Draw, worktree: string): KindInits["validation"] {
  const command = draw(commands.length);
  const isFailed = draw(5) === 0;
  return {
    worktree,
    command: commands[command],
    argvDigest: hexOf(draw(2) * commands.length + command, 32),
    exitCode: isFailed ? 1 : 0,
    durationMs: 500 + draw(60_000),
    testsPassed: draw(900),
    testsFailed: isFailed ? 1 + draw(4) : 0,
    commit: randomHex(draw, 40),
    source: "hook",
    dirty: draw(3) === 0,
    treeDigest: randomHex(draw, 32),
  };
}

/** In the order of the field numbers, as the proxy has them, which encodes fastest. */
function requestOf(draw: Draw, now: number, day: string): KindInits["usageEvent"] {
  const isAnswered = draw(25) !== 0;
  const model = pick(draw, models);
  const [promptTokens, completionTokens] = [500 + draw(30_000), draw(4000)];
  return {
    v: 1,
    ts: now,
    day,
    model,
    returnedModel: isAnswered ? model : undefined,
    status: isAnswered ? 200 : 429,
    ok: isAnswered,
    latencyMs: 200 + draw(20_000),
    totalTokens: isAnswered ? promptTokens + completionTokens : undefined,
    promptTokens: isAnswered ? promptTokens : undefined,
    completionTokens: isAnswered ? completionTokens : undefined,
    usageReported: isAnswered,
    usageEstimated: false,
    usageSource: isAnswered ? "api" : undefined,
    rateLimited: !isAnswered,
    errorClass: isAnswered ? undefined : "rate_limit",
    ordinal: 0,
  };
}

/** What is seen beside the work: a model, the proxy, a setting. */
function lookAt(draw: Draw, now: number): Kinds {
  const isLimited = draw(9) === 0;
  switch (draw(8)) {
    case 0:
      return ["runtimeSummary", { name: "opencode-proxy", port: 4010, up: true, uptimeSeconds: draw(36_000) }];
    case 1:
      return ["configFact", { subject: "proxy", name: "default_model", value: pick(draw, models) }];
    default:
      return [
        "modelHealth",
        {
          provider: "opencode-zen",
          model: pick(draw, models),
          state: isLimited ? "limited" : "available",
          limitResetsAt: isLimited ? now + 3_600_000 : undefined,
          lastStatus: isLimited ? 429 : 200,
        },
      ];
  }
}

/** What falls to one of `parts` of a count that is spread evenly. */
function share(count: number, parts: number, part: number): number {
  return Math.floor(((part + 1) * count) / parts) - Math.floor((part * count) / parts);
}

function aliasOf(prefix: string, number: number): string {
  // Spread, as an HMAC is.
  return `${prefix}-${hexOf(Math.imul(number + 1, 0x9e37_79b1) >>> 0, 8)}${hexOf(number, 8)}`;
}

function hexOf(number: number, digits: number): string {
  return number.toString(16).padStart(digits, "0");
}

function randomHex(draw: Draw, digits: number): string {
  return Array.from({ length: digits / 4 }, () => hexOf(draw(0x1_0000), 4)).join("");
}

function pick<T>(draw: Draw, list: readonly T[]): T {
  return list[draw(list.length)] as T;
}
