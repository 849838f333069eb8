/**
 * A checkout of the proxy as the tests of the launcher need one: it answers /health and /metrics in the form of the real
 * one. TEST_PROXY tells what is wrong with it; TEST_LOG names a file that gets a line when it starts and one when it ends.
 */
import { appendFileSync, existsSync } from "node:fs";
import { createServer } from "node:http";

const {
  HOST = "127.0.0.1",
  PORT = "3000",
  TEST_PROXY: how = "well",
  TEST_LOG: file = "",
  TEST_CANARY = "",
} = process.env;
const log = (what) => {
  if (file !== "") appendFileSync(file, `${what} ${process.pid}\n`);
};

const answers = {
  "/health": { status: how === "unwell" ? "degraded" : "ok", models: ["one"] },
  "/metrics": {
    app: "opencode-proxy",
    app_version: "1.9.2",
    routing: "round-robin",
    uptime_seconds: 7,
    window_ms: 300_000,
    summary: { window: { requests: 4, fail: 1 } },
  },
};

let isSilent = false;
log("started");
console.log(`stdout ${TEST_CANARY}`);
console.error(`stderr ${TEST_CANARY}`);
if (how === "ends") process.exit(3);

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://loopback");
  if (how === "silent" || isSilent) return;
  const status = how === "sick" ? 503 : pathname in answers ? 200 : 404;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(answers[pathname] ?? { error: "Not found" }));
});
server.on("error", () => process.exit(1));
setTimeout(() => server.listen(Number(PORT), HOST), how === "slow" ? 2000 : 0);

process.on("SIGTERM", () => {
  if (how === "stubborn") return;
  log("ended");
  process.exit(0);
});
setInterval(() => {
  if (!existsSync(`${file}.die`)) return;
  if (how === "dies") process.exit(5);
  if (how === "falls silent" && !isSilent) {
    isSilent = true;
    log("silent");
  }
}, 20);
