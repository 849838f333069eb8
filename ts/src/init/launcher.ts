/**
 * `<state>/bin/baton`, what the clients start. Its path is constant, because the trust that users give in Codex hangs on
 * the command; what it starts is found anew by each `baton init`.
 */
import { join } from "node:path";
import { InitClient, InitPart } from "../gen/baton/state/v1/init_pb.js";
import { errors } from "../gen/tables.js";
import { batonError } from "../record/error.js";
import { type Part, wholeFile } from "./part.js";

/** What a launcher starts. */
export interface LauncherInit {
  /** The state directory. */
  readonly state: string;
  /** Path of the Node that ran init. */
  readonly node: string;
  /** Path of dist/cli.js. */
  readonly cli: string;
  /** Whether the user allowed a state directory on a remote folder (BATON_ALLOW_REMOTE). */
  readonly allowsRemote: boolean;
  /** The platform, as process.platform names it. */
  readonly platform: string;
}

const mark = "Written by `baton init`, anew each time.";

/** Path of the launcher that a client of this platform starts. */
export function launcherPath(state: string, platform: string): string {
  return join(state, "bin", platform === "win32" ? "baton.cmd" : "baton");
}

/** The launcher for sh, and on Windows that for cmd beside it. */
export function launcherParts(init: LauncherInit): Part[] {
  const path = (name: string): string => join(init.state, "bin", name);
  const isOwn = (text: string): boolean => text.includes(mark);
  const part = (name: string, which: InitPart, content: string): Part =>
    wholeFile({ client: InitClient.BATON, part: which, path: path(name), mode: 0o700 }, content, {
      isOwn,
      taken: () => batonError(errors.CLIENT_TAKEN, { place: path(name) }),
    });
  const shell = part("baton", InitPart.LAUNCHER, shellScript(init));
  const isWindows = init.platform === "win32";
  return isWindows ? [shell, part("baton.cmd", InitPart.LAUNCHER_WINDOWS, commandScript(init))] : [shell];
}

/** The state directory is the one that holds the launcher, whatever the environment of a client says. */
function shellScript({ state, node, cli, allowsRemote }: LauncherInit): string {
  return [
    "#!/bin/sh",
    `# ${mark}`,
    `BATON_HOME=${shellWord(state)}`,
    "export BATON_HOME",
    ...(allowsRemote ? ["BATON_ALLOW_REMOTE=1", "export BATON_ALLOW_REMOTE"] : []),
    `node=${shellWord(node)}`,
    '[ -x "$node" ] || node=node',
    `exec "$node" ${shellWord(cli)} "$@"`,
    "",
  ].join("\n");
}

function commandScript({ state, node, cli, allowsRemote }: LauncherInit): string {
  return [
    "@echo off",
    `rem ${mark}`,
    "setlocal",
    `set "BATON_HOME=${commandText(state)}"`,
    ...(allowsRemote ? ['set "BATON_ALLOW_REMOTE=1"'] : []),
    `set "node=${commandText(node)}"`,
    'if not exist "%node%" set "node=node"',
    `"%node%" "${commandText(cli)}" %*`,
    "exit /b %errorlevel%",
    "",
  ].join("\r\n");
}

/** A word of sh that means itself. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Text between double quotes of cmd: only the percent sign has a meaning there. */
function commandText(text: string): string {
  return text.replaceAll("%", "%%");
}
