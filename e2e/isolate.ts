/** A machine of its own for one run: folders, environment and a git repository that no other run and no user shares. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type Pinned, programFolder } from "./clients.js";

/** The folders and the environment of an isolated machine. All paths are absolute and without symbolic links. */
export interface Machine {
  root: string;
  home: string;
  codexHome: string;
  /** The folder of OpenCode's user configuration. */
  opencodeConfig: string;
  batonHome: string;
  /** A git repository with one commit and the remote `origin` = `remote`. */
  project: string;
  /** Built from nothing: of the caller's environment only `PATH` and what Windows needs is taken. */
  env: Record<string, string>;
  remove(): void;
}

/** The `origin` of every isolated project. */
export const remote = "https://github.com/example-owner/example-repo.git";

/** A port of loopback where nothing listens: npm is unreachable, at once and without leaving the machine. */
const nowhere = "http://127.0.0.1:9/";

/**
 * Makes a machine below the system's temporary folder. `CODEX_HOME` lies beside `TMPDIR`, never below it: Codex refuses
 * that. npm points at a closed port, so that a client which tries to install something fails instead of reaching out.
 */
export function isolate(...clients: Pinned[]): Machine {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "baton-e2e-")));
  const folder = (...names: string[]) => {
    const path = join(root, ...names);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const home = folder("home");
  const temporary = folder("tmp");
  const codexHome = folder("codex");
  const config = folder("home", ".config");
  const batonHome = join(root, "baton");
  const project = folder("project");
  const env: Record<string, string> = {
    ...inherited(),
    PATH: [...clients.map(programFolder), dirname(process.execPath), process.env.PATH ?? ""].join(delimiter),
    HOME: home,
    USERPROFILE: home,
    APPDATA: folder("home", "AppData", "Roaming"),
    LOCALAPPDATA: folder("home", "AppData", "Local"),
    TMPDIR: temporary,
    TEMP: temporary,
    TMP: temporary,
    XDG_CONFIG_HOME: config,
    XDG_DATA_HOME: folder("home", ".local", "share"),
    XDG_CACHE_HOME: folder("home", ".cache"),
    XDG_STATE_HOME: folder("home", ".local", "state"),
    CODEX_HOME: codexHome,
    BATON_HOME: batonHome,
    MOCK_API_KEY: "dummy",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
    OPENCODE_DISABLE_SHARE: "1",
    npm_config_registry: nowhere,
    npm_config_cache: folder("npm-cache"),
    npm_config_update_notifier: "false",
    GIT_CONFIG_NOSYSTEM: "1",
    // The same commit every time: OpenCode names a project by its first commit.
    GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
    GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
    TZ: "UTC",
    LANG: "C.UTF-8",
  };
  makeProject(project, env);
  const remove = () => rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  return { root, home, codexHome, opencodeConfig: join(config, "opencode"), batonHome, project, env, remove };
}

function inherited(): Record<string, string> {
  const names = ["SystemRoot", "SystemDrive", "windir", "ComSpec", "PATHEXT", "NUMBER_OF_PROCESSORS"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function makeProject(project: string, env: Record<string, string>): void {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: project, env, stdio: "ignore" });
  writeFileSync(join(project, "README.md"), "An example project.\n");
  git("init", "--initial-branch=main");
  git("config", "user.name", "Example");
  git("config", "user.email", "example@example.com");
  git("remote", "add", "origin", remote);
  git("add", ".");
  git("commit", "--message=Begin");
}
