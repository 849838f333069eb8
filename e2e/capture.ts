/**
 * `npx tsx e2e/capture.ts`: runs sessions of the real clients and writes what they sent to hooks, plugins and MCP servers
 * into `fixtures/clients/`. To be run again for a new version of a client; what differs beside times is what has changed.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Capture, captureCodex } from "./capture-codex.js";
import { captureOpencode } from "./capture-opencode.js";
import { install, type Pinned, pinned, repository } from "./clients.js";
import { type MockModel, startMockModel } from "./mock-model/server.js";

const clients: [Pinned, (mock: MockModel) => Promise<Capture[]>][] = [
  ["codex", captureCodex],
  ["opencode", captureOpencode],
];

async function main(): Promise<void> {
  for (const name of Object.keys(pinned) as Pinned[]) {
    const reason = install(name);
    if (reason !== undefined) throw new Error(`${pinned[name].package} cannot be installed: ${reason}`);
  }
  const mock = await startMockModel();
  for (const [client, captureAll] of clients) {
    const captures = await captureAll(mock);
    const folder = join(repository, "fixtures", "clients", client);
    for (const { name, lists } of captures)
      if (Object.values(lists).some((list) => list.length === 0)) throw new Error(`${client}/${name} recorded nothing`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const { name, lists } of captures) {
      writeFileSync(join(folder, `${name}.json`), format({ client, version: pinned[client].version, ...lists }));
      const counts = Object.entries(lists).map(([list, values]) => `${values.length} ${list}`);
      process.stdout.write(`${client}/${name}.json: ${counts.join(", ")}\n`);
    }
  }
  await mock.close();
}

/** JSON with a line for each entry of a list, so that a difference shows as a line. */
function format(fixture: Record<string, unknown>): string {
  const fields = Object.entries(fixture).map(([key, value]) => {
    if (!Array.isArray(value)) return `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`;
    const lines = value.map((entry) => `    ${JSON.stringify(entry)}`);
    return `  ${JSON.stringify(key)}: [\n${lines.join(",\n")}\n  ]`;
  });
  return `{\n${fields.join(",\n")}\n}\n`;
}

await main();
