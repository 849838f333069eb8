/** A disk in memory beside a folder that shows what processes see of it, for what reads the real folder. */
import { appendFileSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createDisk, type Disk, type Inode } from "./disk.js";

/** Fills a folder with these files and nothing else, and gives the disk that they lie on, all of them safe. */
export function diskIn(dir: string, files: ReadonlyMap<string, Uint8Array>): Disk {
  for (const name of readdirSync(dir)) rmSync(join(dir, name));
  for (const [name, bytes] of files) writeFileSync(join(dir, name), bytes);
  const disk = createDisk(files);
  /** Path of a file that still has a name. */
  const pathOf = (inode: Inode): string | undefined => {
    for (const [name, other] of disk.names) if (other === inode) return join(dir, name);
    return undefined;
  };
  return {
    ...disk,
    create(name) {
      writeFileSync(join(dir, name), "", { flag: "wx" });
      return disk.create(name);
    },
    append(inode, bytes) {
      disk.append(inode, bytes);
      const path = pathOf(inode);
      if (path) appendFileSync(path, bytes);
    },
    cut(inode, size) {
      disk.cut(inode, size);
      const path = pathOf(inode);
      if (path) truncateSync(path, size);
    },
    remove(name) {
      rmSync(join(dir, name));
      disk.remove(name);
    },
  };
}

/** Makes every file of a folder look as if it was last written so many milliseconds ago. */
export function age(dir: string, ms: number): void {
  const past = new Date(Date.now() - ms);
  for (const name of readdirSync(dir)) {
    try {
      utimesSync(join(dir, name), past, past);
    } catch {
      // Another process deleted it meanwhile.
    }
  }
}
