/** Random documents of TOML and JSON for the editors: made of parts that people write, in any mixture. */

/** Numbers from 0 to below 1 that a seed fixes (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;

/** A TOML document: comments, tables, arrays of tables, multi-line strings that look like tables, other servers. */
export function randomToml(random: () => number): string {
  const end = pick(random, ["\n", "\n", "\r\n"]);
  const lines: string[] = [];
  const some = (most: number, make: () => void): void => {
    for (let n = Math.floor(random() * (most + 1)); n > 0; n--) make();
  };
  let name = 0;
  const key = (): string => pick(random, [`k${name++}`, `"quoted ${name++}"`, `'lit.${name++}'`]);
  const value = (): string =>
    pick(random, [
      "1",
      "0x1F",
      "1e10",
      "true",
      "inf",
      "1979-05-27T07:32:00Z",
      '"text # not a comment"',
      "'[mcp_servers.baton]'",
      `"""${end}[mcp_servers.baton]${end}command = 1${end}"""`,
      `'''a${end}[x]${end}'''`,
      `[ 1,${end}\t2, # two${end}  ]`,
      "{ a = 1, b = [ {} ] }",
      '"ünïcode \\u00e9"',
    ]);
  const trivia = (): void => {
    some(2, () =>
      lines.push(pick(random, ["", "", "   ", "# a comment", "\t# indented", "# [mcp_servers.baton]", "#"])),
    );
  };
  const pairs = (): void =>
    some(3, () => {
      trivia();
      lines.push(
        `${pick(random, ["", "  ", "\t"])}${key()}${pick(random, ["=", " = ", "   =\t"])}${value()}${pick(random, ["", "  ", " # why"])}`,
      );
    });
  pairs();
  some(4, () => {
    trivia();
    const header = pick(random, [
      `[t${name++}]`,
      `[ t${name++} . "sub" ]`,
      "[[list]]",
      `[mcp_servers.s${name++}]`,
      `[mcp_servers."baton-${name++}"]`,
      `[hooks.state."/a/hooks.json:stop:${name++}:0"]`,
    ]);
    lines.push(`${pick(random, ["", "  "])}${header}${pick(random, ["", " ", " # table"])}`);
    pairs();
  });
  trivia();
  return lines.join(end) + pick(random, ["", end, end, end + end]);
}

/** A JSON object; in `jsonc` with comments of both kinds and trailing commas. `key` is a property that it may hold. */
export function randomJson(random: () => number, dialect: "json" | "jsonc", key: string): string {
  const end = pick(random, ["\n", "\n", "\r\n"]);
  const unit = pick(random, ["  ", "    ", "\t"]);
  let name = 0;
  const comment = (isLast: boolean): string => {
    if (dialect === "json" || random() < 0.6) return "";
    return pick(random, [" /* c, } */ ", isLast ? ` // "${key}": {${end}` : " /* [ */"]);
  };
  const space = (depth: number): string =>
    pick(random, [`${end}${unit.repeat(depth)}`, `${end}${unit.repeat(depth)}`, " ", ""]);
  const items = (depth: number, make: () => string): string => {
    const count = Math.floor(random() * 4);
    let text = "";
    for (let i = 0; i < count; i++) {
      const hasComma = i < count - 1 || (dialect === "jsonc" && random() < 0.3);
      text += `${space(depth + 1)}${make()}${comment(false)}${hasComma ? "," : ""}${comment(true)}`;
    }
    return text + comment(true) + space(depth);
  };
  const value = (depth: number): string => {
    const scalar = ["1", "true", "null", '"// no comment"', '"a\\"b, {"', '"é"', "-1.5e3"];
    if (depth > 3 || random() < 0.5) return pick(random, scalar);
    return random() < 0.5 ? `[${items(depth, () => value(depth + 1))}]` : object(depth);
  };
  const object = (depth: number): string =>
    `{${items(depth, () => `"n${name++}"${pick(random, [":", ": "])}${value(depth + 1)}`)}}`;
  const held = random();
  let made = 0;
  const root = `{${items(0, () => {
    if (made++ === 0 && held < 0.5) return `"${key}": ${held < 0.4 ? object(1) : "{}"}`;
    return `"n${name++}": ${value(1)}`;
  })}}`;
  const before = dialect === "jsonc" && random() < 0.3 ? `// top${end}` : "";
  return before + root + pick(random, ["", end, end]);
}
