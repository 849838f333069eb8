/** The file system of a writer, a merge and a compaction on a disk in memory, with faults. */
import { basename } from "node:path";
import type { MergeFiles } from "../../src/merge/files.js";
import type { WriterFiles } from "../../src/segment/files.js";
import type { Disk, Inode } from "./disk.js";
import { type Faults, faultsOf, Gone, type Plan, systemError } from "./faults.js";

/** A file system that can fail, and be gone. */
export interface CrashFiles extends WriterFiles, MergeFiles, Pick<Faults, "count" | "isGone"> {
  /** Does the syncs off the main thread that were asked for and are not done yet. */
  runSyncs(): void;
}

/**
 * Files on a disk. Numbers of open files are given again once they are closed, as the system does; a sync off the main
 * thread takes the number that it was asked for, whatever that stands for by then.
 */
export function crashFiles(disk: Disk, plan: Plan = {}): CrashFiles {
  const faults = faultsOf(plan);
  const meet = (partly?: () => void): void => {
    if (plan.isSyncEarly?.()) runSyncs();
    faults.meet(partly);
  };
  const open = new Map<number, Inode>();
  let waiting: (() => void)[] = [];

  function opened(fd: number): Inode {
    const inode = open.get(fd);
    if (!inode) throw systemError("EBADF");
    return inode;
  }

  function runSyncs(): void {
    const now = waiting;
    waiting = [];
    for (const run of now) run();
  }

  function syncInode(inode: Inode, count: () => void): void {
    try {
      count();
    } catch (error) {
      if (!(error instanceof Gone)) disk.failSync(inode);
      throw error;
    }
    disk.sync(inode);
  }

  return {
    count: faults.count,
    isGone: faults.isGone,
    create(path) {
      const name = basename(path);
      const make = (): Inode => disk.create(name);
      if (disk.names.has(name)) throw systemError("EEXIST");
      meet(make);
      let fd = 3;
      while (open.has(fd)) fd++;
      open.set(fd, make());
      return fd;
    },
    write(fd, bytes, start, end) {
      const inode = opened(fd);
      const taken = plan.taken?.(end - start) ?? end - start;
      const append = (count: number): void => disk.append(inode, bytes.slice(start, start + count));
      meet(() => append(Math.ceil(taken / 2)));
      append(taken);
      return taken;
    },
    links(fd) {
      const inode = opened(fd);
      meet();
      return [...disk.names.values()].includes(inode) ? 1 : 0;
    },
    truncate(fd, length) {
      const inode = opened(fd);
      meet();
      disk.cut(inode, length);
    },
    sync: (fd) =>
      new Promise((resolve, reject) => {
        waiting.push(() => {
          try {
            syncInode(opened(fd), faults.meet);
            resolve();
          } catch (error) {
            reject(error);
          }
        });
      }),
    syncNow: (fd) => syncInode(opened(fd), meet),
    syncFile(path) {
      const inode = disk.names.get(basename(path));
      if (!inode) throw systemError("ENOENT");
      syncInode(inode, meet);
    },
    syncFolder() {
      meet();
      disk.syncNames();
    },
    close(fd) {
      opened(fd);
      // The number is free even where closing fails.
      open.delete(fd);
      meet();
    },
    remove(path) {
      const name = basename(path);
      if (!disk.names.has(name)) throw systemError("ENOENT");
      meet(() => disk.remove(name));
      disk.remove(name);
    },
    runSyncs,
  };
}
