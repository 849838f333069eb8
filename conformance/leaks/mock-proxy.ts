/** A proxy on loopback that tells of itself, and of much besides. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Variant } from "./channels.js";

/** The proxy. Its port is the same for all machines, because Baton records it. */
export interface MockProxy {
  readonly port: number;
  /** Says from now on what a variant says. */
  speakAs(variant: Variant): void;
  close(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startMockProxy(): Promise<MockProxy> {
  let variant: Variant | undefined;
  const text = (channel: Parameters<Variant["text"]>[0]): string => variant?.text(channel) ?? "";
  const server = createServer((request, response) => {
    const health = { status: "ok", models: [text("response-body")], message: text("response-body") };
    const metrics = {
      app_version: "1.4.2",
      routing: "random",
      uptime_seconds: 720,
      window_ms: 300_000,
      summary: { window: { requests: 7, fail: 2 }, last_error: text("error-body") },
      recent: [{ prompt: text("prompt"), response: text("answer"), headers: request.headers }],
    };
    response.setHeader("x-request", text("header"));
    response.end(JSON.stringify(request.url === "/health" ? health : metrics));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port,
    speakAs(given) {
      variant = given;
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
