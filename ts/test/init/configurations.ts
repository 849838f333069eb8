/** Configurations that people have, for each file that init edits. */

/** Content of a file; undefined where there is none. */
export type Content = string | undefined;

const crlf = (text: string): string => text.replaceAll("\n", "\r\n");
const mark = "\u{feff}";

const codexConfig = `# my settings
model = "gpt-5"   # the good one

[mcp_servers.docs]  # keep
command = "docs"
args = [ "a",
  "b", # two
]

[hooks.state."/h/hooks.json:stop:0:0"]
trusted_hash = "sha256:00"
`;

/** config.toml of Codex, as it may be. */
export const codexConfigs: Record<string, Content> = {
  missing: undefined,
  empty: "",
  "with comments and other servers": codexConfig,
  "with CRLF": crlf(codexConfig),
  "with tabs": "[a]\n\tb = 1\n\t[a.c]\n\td = 2\t# x\n",
  "with a byte order mark": mark + codexConfig,
  "without a final newline": 'model = "gpt-5"',
  "with blank lines at the end": 'model = "gpt-5"\n\n\n  \n# the end\n\n',
  "with keys that nobody knows":
    '[future]\nwhatever = { a = [1979-05-27, inf] }\n[[more]]\nx = """\n[mcp_servers.baton]\n"""\n',
  "with dotted servers": 'mcp_servers.docs.command = "docs"\n',
  "with profiles and an empty table of servers": '[mcp_servers]\n[profiles.fast]\nmodel = "x"\n',
  "with trailing white space": 'model = "gpt-5"  \t\n[a]   \nb = 1 \n',
};

const group = (command: string): string =>
  `{ "matcher": "Bash", "hooks": [ { "type": "command", "command": "${command}" } ] }`;

/** hooks.json of Codex, as it may be. */
export const codexHooks: Record<string, Content> = {
  missing: undefined,
  empty: "",
  "an empty object": "{}",
  "without hooks": '{\n  "hooks": {}\n}\n',
  "with hooks of others for our events": `{\n  "hooks": {\n    "PostToolUse": [\n      ${group("lint")},\n      ${group("log")}\n    ],\n    "Stop": []\n  }\n}\n`,
  "with CRLF": crlf(`{\n  "hooks": {\n    "Stop": [\n      ${group("lint")}\n    ]\n  }\n}\n`),
  "with tabs": `{\n\t"hooks": {\n\t\t"PreToolUse": [\n\t\t\t${group("lint")}\n\t\t]\n\t}\n}`,
  "in one line": `{"hooks":{"Stop":[${group("a")}],"Notice":[${group("b")}]}}`,
  "with keys that nobody knows": `{ "version": 2, "hooks": { "Future": [ { "when": true } ] }, "more": [1, 2] }\n`,
  "with a byte order mark": `${mark}{ "hooks": {} }\n`,
  "with an mcp_tool of another server":
    '{ "hooks": { "Stop": [ { "hooks": [ { "type": "mcp_tool", "server": "docs", "tool": "t" } ] } ] } }',
};

const opencodeConfig = `{
  // my settings
  "$schema": "https://opencode.ai/config.json",
  "theme": "dark", /* the best */
  "mcp": {
    "docs": { "type": "local", "command": ["docs"] }, // keep
  },
}
`;

/** opencode.json and opencode.jsonc, as they may be: by name of the file. */
export const opencodeConfigs: Record<string, Record<string, string>> = {
  missing: {},
  "an empty file": { "opencode.json": "" },
  "an empty object": { "opencode.json": "{}" },
  "with comments and trailing commas": { "opencode.json": opencodeConfig },
  "as JSONC": { "opencode.jsonc": opencodeConfig },
  "as both": { "opencode.json": '{ "theme": "light" }\n', "opencode.jsonc": opencodeConfig },
  "with CRLF": { "opencode.jsonc": crlf(opencodeConfig) },
  "with tabs": { "opencode.json": '{\n\t"mcp": {\n\t\t"docs": {\n\t\t\t"enabled": false\n\t\t}\n\t}\n}\n' },
  "with a byte order mark": { "opencode.json": mark + opencodeConfig },
  "without a final newline": { "opencode.json": '{\n    "theme": "dark"\n}' },
  "in one line": { "opencode.json": '{"theme":"dark","mcp":{},"x":[1]}' },
  "with keys that nobody knows": {
    "opencode.json": '{ "future": { "mcp": { "baton": 1 } }, "mcp": { "baton-x": {} } }\n',
  },
  "with a comment in an empty list of servers": { "opencode.jsonc": '{\n  "mcp": {\n    // none yet\n  }\n}\n' },
};
