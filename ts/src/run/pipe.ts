/** Pipes as a shell makes them (docs/proof.md, RUN-001). */
import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

/** A pipe whose ends lie in this process. */
export interface Pipe {
  readonly reader: Readable;
  /** Descriptor to hand to a child and to close afterwards. */
  readonly writer: number;
}

/**
 * Opens a pipe. Node's own are sockets, and a program that writes to /dev/stdout or /dev/stderr cannot open those: so a
 * named pipe is made, opened and removed at once. Gives undefined where there are none (Windows).
 */
export function openPipe(): Pipe | undefined {
  if (process.platform === "win32") return undefined;
  let folder: string | undefined;
  let reader: number | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), "baton-"));
    const path = join(folder, "pipe");
    if (spawnSync("mkfifo", ["-m", "600", path], { stdio: "ignore" }).status !== 0) return undefined;
    reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    return { reader: new Socket({ fd: reader, readable: true, writable: false }), writer };
  } catch {
    if (reader !== undefined) closeSync(reader);
    return undefined;
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
