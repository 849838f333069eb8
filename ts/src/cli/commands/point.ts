/** `baton point`: sets what is in hand. */
import { type Command, Option } from "commander";
import { errors } from "../../gen/tables.js";
import { workspaceOf } from "../../git/workspace.js";
import { batonError } from "../../record/error.js";
import { type Context, contextOf, type SharedOptions, shared } from "../context.js";
import { activated, cleared, type Pointer, pointersOf } from "../pointers.js";

interface PointOptions extends SharedOptions {
  readonly clear?: boolean;
}

const types = ["repo", "fork", "branch", "pr", "issue"] as const;

/** Adds the command. */
export function registerPoint(program: Command): void {
  shared(program.command("point"))
    .description("set what is in hand: repository, fork, branch, pull request or issue")
    .argument("<type>", types.join(", "))
    .argument("[value]", "owner/repo or URL, branch name, or number")
    .addOption(new Option("--clear", "nothing of that type is in hand any more"))
    .option("--workspace <name>", "another workspace than the current one")
    .addHelpText("after", "\nExamples:\n  baton point pr 42\n  baton point fork me/repo\n  baton point issue --clear")
    .action(async (type: string, value: string | undefined, options: PointOptions) => {
      const context = contextOf(options, { writes: true });
      const workspace = context.workspace();
      const known = pointersOf(context.state(), workspace);
      const changes =
        options.clear === true
          ? cleared(known, { type: typeOf(type), ...placeOf(context, type) })
          : activated(known, pointerOf(context, type, value));
      if (changes.length > 0)
        await context.record((baton) => {
          for (const pointer of changes) baton.record("pointer", pointer, { workspace });
        });
      const last = changes.at(-1);
      context.say(options.clear === true ? `${type} cleared` : `${type} is ${describe(last)}`);
    });
}

function typeOf(type: string): Pointer["type"] {
  const known = types.find((candidate) => candidate === type);
  if (known === undefined) throw batonError(errors.ARGUMENT, { place: `type is one of ${types.join(", ")}` });
  return known;
}

/** Branches are in hand per worktree, the rest per workspace. */
function placeOf(context: Context, type: string): { worktree?: string } {
  const worktree = type === "branch" ? context.git().worktree : undefined;
  return worktree === undefined ? {} : { worktree };
}

function pointerOf(context: Context, type: string, value: string | undefined): Pointer {
  if (value === undefined) throw batonError(errors.ARGUMENT, { place: "a value or --clear is needed" });
  switch (typeOf(type)) {
    case "repo":
    case "fork":
      return { type: typeOf(type), repository: repositoryOf(context, value), active: true };
    case "branch":
      return { type: "branch", ref: value, ...placeOf(context, type), active: true };
    default:
      return { type: typeOf(type), ...numbered(context, value), active: true };
  }
}

/** `42`, `#42`, `owner/repo#42`, or the URL of a pull request or issue. */
function numbered(context: Context, value: string): { number: number; repository?: string } {
  const parts =
    /^(?:(?<repository>[^#\s]*?)(?:#|\/(?:pull|pulls|issues|-\/merge_requests|-\/issues)\/))?(?<number>\d{1,9})\/?$/.exec(
      value,
    );
  const number = Number(parts?.groups?.number);
  if (!(number > 0)) throw batonError(errors.ARGUMENT, { place: "a number such as 42 is needed" });
  const repository = parts?.groups?.repository;
  return repository ? { number, repository: repositoryOf(context, repository) } : { number };
}

/** A repository as records name it; `owner/repo` alone is on the host of the current workspace, else on github.com. */
function repositoryOf(context: Context, value: string): string {
  const host = /^([^/]+\.[^/]+)\/[^/]+\/[^/]/.exec(context.git().workspace ?? "")?.[1] ?? "github.com";
  const url = /^[\w.-]+\/[\w.-]+$/.test(value)
    ? `https://${host}/${value}`
    : value.includes(":")
      ? value
      : `https://${value}`;
  const workspace = workspaceOf(url, context.naming());
  if (workspace === undefined)
    throw batonError(errors.ARGUMENT, { place: "owner/repo or the URL of a repository is needed" });
  return workspace;
}

function describe(pointer: Pointer | undefined): string {
  return pointer?.number !== undefined ? `#${pointer.number}` : (pointer?.ref ?? pointer?.repository ?? "unchanged");
}
