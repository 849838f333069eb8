/** The proxy in front of the agents, as it tells of itself: GET /health and GET /metrics on loopback. */
import { get } from "node:http";
import { errors, runtimeSummaryTable } from "../gen/tables.js";
import { textAllowed } from "../git/fact.js";
import type { Environment } from "../git/run.js";
import { batonError } from "../record/error.js";
import { type State, shownRecords } from "./state.js";

/** A runtime as records have it (baton.state.v1.RuntimeSummary). */
export interface Runtime {
  readonly name: string;
  readonly port: number;
  /** Absent where something listens that did not answer in time. */
  readonly up?: boolean;
  readonly version?: string;
  readonly routing?: string;
  readonly uptimeSeconds?: number;
  readonly windowSeconds?: number;
  readonly requests?: number;
  readonly failures?: number;
}

/** What a port of loopback says: nothing listens, nothing is said in time, something else answers, or the proxy does. */
export type ProxyAnswer = "none" | "late" | "other" | Runtime;

/** A place on loopback. */
export interface ProxyPlace {
  readonly host: string;
  readonly port: number;
}

const name = "opencode-proxy";
const defaultPort = 3000;
/** Window of the counts that are asked for, in milliseconds: the one of the proxy's own dashboard. */
const windowMs = 300_000;
const timeMs = 300;
const mostBytes = 4 * 1024 * 1024;
/** A record that says the same is made again after this time, so that its age tells when the proxy was last seen. */
const repeatMs = 600_000;

/**
 * Where the proxy is to be asked: `url`, else HOST and PORT as the proxy itself reads them. Gives undefined where HOST is
 * another machine. Throws ARGUMENT where `url` is not `http://` and a loopback host; what else stands in it is not used.
 */
export function proxyPlace(url: string | undefined, env: Environment): ProxyPlace | undefined {
  if (url === undefined) {
    const host = loopback(env.HOST?.trim() || "127.0.0.1");
    const port = Number(env.PORT);
    return host === undefined
      ? undefined
      : { host, port: port >= 1 && port <= 65_535 ? Math.floor(port) : defaultPort };
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const host = parsed?.protocol === "http:" ? loopback(parsed.hostname) : undefined;
  if (parsed === undefined || host === undefined)
    throw batonError(errors.ARGUMENT, { place: "--proxy is a URL on this machine such as http://127.0.0.1:3000" });
  return { host, port: Number(parsed.port || 80) };
}

/** The address to ask, of a host that is loopback or listens there too. */
function loopback(host: string): string | undefined {
  const bare = host.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (bare === "0.0.0.0") return "127.0.0.1";
  if (bare === "::" || bare === "::1") return "::1";
  return bare === "localhost" || /^127(?:\.\d{1,3}){3}$/.test(bare) ? bare : undefined;
}

/**
 * Asks the proxy: 300 ms for all of it, or what BATON_PROXY_MS says. The token of MANAGEMENT_TOKEN or
 * OPENCODE_PROXY_TOKEN goes to what has answered like the proxy alone. Never throws.
 */
export async function askProxy(place: ProxyPlace, env: Environment): Promise<ProxyAnswer> {
  const signal = AbortSignal.timeout(Number(env.BATON_PROXY_MS || timeMs));
  const health = await ask(place, "/health", {}, signal);
  if (health === "none" || health === "late") return health;
  const said = health as { status?: unknown; models?: unknown } | null;
  if (typeof said?.status !== "string" || !Array.isArray(said.models)) return "other";
  const token = env.MANAGEMENT_TOKEN || env.OPENCODE_PROXY_TOKEN;
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const metrics = await ask(place, `/metrics?window=${windowMs}&days=1`, headers, signal);
  return { name, port: place.port, up: true, ...(typeof metrics === "object" ? told(metrics) : {}) };
}

/** What /metrics tells, as far as records may hold it. */
function told(metrics: object | null): Partial<Runtime> {
  const { app_version, routing, uptime_seconds, window_ms, summary } = (metrics ?? {}) as Record<string, unknown>;
  const window = (summary as { window?: { requests?: unknown; fail?: unknown } } | undefined)?.window;
  const counts = {
    uptimeSeconds: countOf(uptime_seconds),
    windowSeconds: countOf(typeof window_ms === "number" ? Math.round(window_ms / 1000) : undefined),
    requests: countOf(window?.requests),
    failures: countOf(window?.fail),
  };
  const texts = { version: textOf("version", app_version), routing: textOf("routing", routing) };
  return Object.fromEntries(Object.entries({ ...texts, ...counts }).filter(([, value]) => value !== undefined));
}

function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

function textOf(field: string, value: unknown): string | undefined {
  return typeof value === "string" && textAllowed(runtimeSummaryTable, field, value) ? value : undefined;
}

/** The JSON that a path answers with; undefined for any other answer, an error status too. */
function ask(
  { host, port }: ProxyPlace,
  path: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<object | null | undefined | "none" | "late"> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      if (signal.aborted) resolve("late");
      else resolve(error.code === "ECONNREFUSED" ? "none" : undefined);
    };
    const request = get({ host, port, path, headers, signal, agent: false }, (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on("error", failed);
      response.on("data", (part: Buffer) => {
        parts.push(part);
        bytes += part.length;
        if (bytes > mostBytes) request.destroy(new Error("too long"));
      });
      response.on("end", () => resolve(response.statusCode === 200 ? parsed(Buffer.concat(parts)) : undefined));
    });
    request.on("error", failed);
  });
}

function parsed(bytes: Buffer): object | null | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Ports at which the state holds that the proxy is up. */
export function portsUp(state: State): number[] {
  return runtimesOf(state).flatMap(({ runtime }) => (runtime.up === true ? [runtime.port] : []));
}

/**
 * What to record of an answer, if anything: a proxy that the state does not know, or knows otherwise (up, version,
 * routing), or has not seen for ten minutes. That it is not there, or says nothing, is worth a record only where it was
 * there before, or was asked for by name (`isNamed`).
 */
export function changedRuntime(
  state: State,
  port: number,
  answer: ProxyAnswer,
  { isNamed, now }: { readonly isNamed: boolean; readonly now: number },
): Runtime | undefined {
  const known = runtimesOf(state).find(({ runtime }) => runtime.port === port);
  const seen: Runtime =
    typeof answer === "object" ? answer : { name, port, ...(answer === "late" ? {} : { up: false }) };
  if (known === undefined) return seen.up === true || isNamed ? seen : undefined;
  const { runtime, at } = known;
  const isSame = runtime.up === seen.up && runtime.version === seen.version && runtime.routing === seen.routing;
  return isSame && Math.abs(now - at) < repeatMs ? undefined : seen;
}

function runtimesOf(state: State): { readonly runtime: Runtime; readonly at: number }[] {
  return shownRecords(state, "runtime_summary").flatMap(({ runtimeSummary, observedAt }) => {
    const runtime = runtimeSummary as Runtime;
    return runtime.name === name ? [{ runtime, at: Number(observedAt ?? 0) }] : [];
  });
}
