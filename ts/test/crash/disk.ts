/**
 * A disk in memory that knows what of it is safe: contents that were synced, names that were synced. What a power cut
 * may leave of the rest is for damage.ts. Names and contents are independent of each other, as POSIX allows.
 */

/** A change of a file that no sync has covered yet. */
export type Change =
  | { readonly at: number; readonly bytes: Uint8Array }
  /** Cut to so many bytes. */
  | { readonly cutTo: number };

/** A file, whether it has a name or not. */
export interface Inode {
  /** What every power cut leaves. */
  durable: Uint8Array;
  /** What came since, in order. */
  changes: Change[];
  /** Bytes of the file as processes see it. */
  size: number;
  /** Whether a sync failed: no later one covers anything that can be relied on. */
  isDoubtful: boolean;
}

/** What stood under a name: a file, or nothing. */
export type Named = Inode | undefined;

/** A folder of files. */
export interface Disk {
  /** What processes see. */
  readonly names: Map<string, Inode>;
  /** For each name that changed since the last sync of the folder: what a power cut may leave there, the oldest first. */
  readonly unsyncedNames: Map<string, Named[]>;
  /** Gives a new, empty file a name. */
  create(name: string): Inode;
  append(inode: Inode, bytes: Uint8Array): void;
  cut(inode: Inode, size: number): void;
  remove(name: string): void;
  sync(inode: Inode): void;
  failSync(inode: Inode): void;
  syncNames(): void;
}

/** A disk that holds these files, all of them safe. */
export function createDisk(files: ReadonlyMap<string, Uint8Array> = new Map()): Disk {
  const names = new Map<string, Inode>();
  const unsyncedNames = new Map<string, Named[]>();
  for (const [name, bytes] of files) names.set(name, inodeOf(bytes));

  function setName(name: string, inode: Named): void {
    const states = unsyncedNames.get(name) ?? [names.get(name)];
    states.push(inode);
    unsyncedNames.set(name, states);
    if (inode) names.set(name, inode);
    else names.delete(name);
  }

  return {
    names,
    unsyncedNames,
    create(name) {
      const inode = inodeOf(new Uint8Array(0));
      setName(name, inode);
      return inode;
    },
    append(inode, bytes) {
      inode.changes.push({ at: inode.size, bytes });
      inode.size += bytes.length;
    },
    cut(inode, size) {
      inode.changes.push({ cutTo: size });
      inode.size = size;
    },
    remove: (name) => setName(name, undefined),
    sync(inode) {
      if (inode.isDoubtful) return;
      inode.durable = contentOf(inode);
      inode.changes = [];
    },
    failSync(inode) {
      inode.isDoubtful = true;
    },
    syncNames: () => unsyncedNames.clear(),
  };
}

function inodeOf(bytes: Uint8Array): Inode {
  return { durable: bytes, changes: [], size: bytes.length, isDoubtful: false };
}

/** Bytes of a file behind the first `count` of its unsynced changes; behind all of them unless given. */
export function contentOf({ durable, changes }: Inode, count = changes.length): Uint8Array {
  let room = durable.length;
  for (const change of changes) if ("at" in change) room = Math.max(room, change.at + change.bytes.length);
  const bytes = new Uint8Array(room);
  bytes.set(durable);
  let size = durable.length;
  for (const change of changes.slice(0, count)) {
    if ("cutTo" in change) {
      bytes.fill(0, change.cutTo, size);
      size = change.cutTo;
    } else {
      bytes.set(change.bytes, change.at);
      size = Math.max(size, change.at + change.bytes.length);
    }
  }
  return bytes.subarray(0, size);
}

/** What the next process finds when the one that wrote is gone: everything, synced or not. */
export function leftByProcess(disk: Disk): Map<string, Uint8Array> {
  return new Map([...disk.names].map(([name, inode]) => [name, contentOf(inode)]));
}
