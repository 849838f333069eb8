/** What people run: the command line. */
import { usageFile } from "../set-up.js";
import type { World } from "../world.js";
import { must, type Step } from "./step.js";

/** Looks around, runs a check, leaves a note. */
export const workSteps: readonly Step[] = [
  command("observe", 0, ({ variant, proxy }) => {
    proxy.speakAs(variant);
    const user = `${variant.marker("url-user")}:${variant.marker("url-user")}`;
    return ["observe", "--proxy", `http://${user}@127.0.0.1:${proxy.port}/?key=${variant.marker("query")}`];
  }),
  {
    name: "run",
    async run({ node, programs, variant }) {
      const words = ["run", "--label", "unit", "--", "node", "check.mjs", variant.marker("argument")];
      const ended = await node("run", programs.cli, words, { isForeign: true });
      must(ended.status === 3 && ended.stdout.includes(variant.text("file-content")), "run", ended);
    },
  },
  { ...command("note", 0, () => ["note", "the flaky check is the one on limits"]), isExtra: true },
];

/** Takes over what others wrote, with more in it than there should be. */
export const importSteps: readonly Step[] = [
  command("import-usage", 3, (world) => ["import", "usage", usageFile(world)]),
  { ...command("import-lines", 3, () => ["import", "--jsonl"], linesToImport), isExtra: true },
];

/** Prints the brief, and leaves the snapshot behind. */
export const resumeStep: Step = { ...command("resume", 0, () => ["resume"]), isExtra: true };

function command(
  name: string,
  status: number,
  words: (world: World) => readonly string[],
  input: (world: World) => string = () => "",
): Step {
  return {
    name,
    async run(world) {
      const ended = await world.node(name, world.programs.cli, words(world), { input: input(world) });
      must(ended.status === status, name, ended);
    },
  };
}

/** Lines of an export that are refused: a field that nobody knows, texts that the guard refuses, no JSON. */
function linesToImport({ variant: { marker, text } }: World): string {
  const line = (record: object, more: object = {}): string =>
    JSON.stringify({ writer: "0123456789abcdef".repeat(2), seq: "1", record, ...more });
  const note = (said: string) => ({ workspace: "github.com/acme/proxy", handoffNote: { text: said } });
  return [
    line(note("passed on"), { prompt: text("prompt") }),
    line({ ...note("passed on"), prompt: text("prompt") }),
    line(note(`{${text("refused")}}`)),
    line(note(`use ${marker("key")}`)),
    text("refused"),
  ].join("\n");
}
