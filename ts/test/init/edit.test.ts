/** The editors of other programs' files: what others wrote keeps every byte. */
import { describe, expect, it } from "vitest";
import { addElement, addProperty, type JsonText, removeAt } from "../../src/init/json-edit.js";
import { jsonValue, parseJson } from "../../src/init/json-tree.js";
import { addTomlServer, removeTomlServer, tomlServerCommand } from "../../src/init/toml.js";
import { randomJson, randomOf, randomToml } from "./random.js";

const seed = Number(process.env.BATON_SEED ?? Math.floor(Math.random() * 2 ** 31));
const rounds = 2000;
const server = { command: "/s p/bin/baton", args: ["mcp"], env: { BATON_HOME: "/s p" } };

/** The words of a JSON text, comments among them, commas and white space left out. */
function words(text: string): string[] {
  return parseJson(text, "jsonc", "f")
    .tokens.map(({ start, end }) => text.slice(start, end))
    .filter((word) => word !== ",");
}

describe(`the editors (BATON_SEED=${seed})`, () => {
  it("append a table to any TOML behind every byte that was there, and cut it out again", () => {
    const random = randomOf(seed);
    for (let round = 0; round < rounds; round++) {
      const text = randomToml(random);
      const added = addTomlServer(text, server, "f");
      expect(added.startsWith(text)).toBe(true);
      expect(tomlServerCommand(added, "f")).toBe(server.command);
      const end = text.includes("\r\n") ? "\r\n" : "\n";
      const closed = text === "" || text.endsWith("\n") ? text : text + end;
      expect(removeTomlServer(added, "f")).toBe(closed);
      // What Codex appends later stays, too.
      const state = `${end}[hooks.state."/h/hooks.json:stop:0:0"]${end}trusted_hash = "sha256:0"${end}`;
      expect(removeTomlServer(added + state, "f")).toBe(closed + state);
    }
  });

  it.each(["json", "jsonc"] as const)(
    "add a property to any %s and take it out again, and keep every byte of others",
    (dialect) => {
      const random = randomOf(seed);
      for (let round = 0; round < rounds; round++) {
        const text = randomJson(random, dialect, "mcp");
        const document = (now: string): JsonText => ({ text: now, dialect, path: "f" });
        const before = jsonValue(parseJson(text, dialect, "f")) as { mcp?: object };
        const added = addProperty(document(text), ["mcp"], "baton", { type: "local", command: ["a"] });
        const after = jsonValue(parseJson(added, dialect, "f"));
        expect(after, text).toEqual({ ...before, mcp: { ...before.mcp, baton: { type: "local", command: ["a"] } } });
        const removed = removeAt(document(added), before.mcp ? ["mcp", "baton"] : ["mcp"]);
        expect(jsonValue(parseJson(removed, dialect, "f")), added).toEqual(before);
        const holder = before.mcp ?? before;
        if (Object.keys(holder).length > 0) expect(removed, added).toBe(text);
        else expect(words(removed), added).toEqual(words(text));
      }
    },
  );

  it("append an element to any list and take it out again, and keep every byte of others", () => {
    const random = randomOf(seed);
    for (let round = 0; round < rounds; round++) {
      const list = randomJson(random, "jsonc", "x")
        .replace(/^(\/\/ top\r?\n)?\{/, '{"l": [{')
        .replace(/\}(\r?\n)?$/, "}]}$1");
      const document = (text: string): JsonText => ({ text, dialect: "jsonc", path: "f" });
      const before = jsonValue(parseJson(list, "jsonc", "f")) as { l: unknown[] };
      const added = addElement(document(list), ["l"], { hooks: [1] });
      expect(jsonValue(parseJson(added, "jsonc", "f")), list).toEqual({ l: [...before.l, { hooks: [1] }] });
      expect(removeAt(document(added), ["l", 1]), added).toBe(list);
    }
  });
});
