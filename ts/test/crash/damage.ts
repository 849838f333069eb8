/** What a power cut leaves: the damages of Lucene's MockDirectoryWrapper to unsynced files, and sectors torn and reordered. */
import type { Draw } from "../../../conformance/draw.js";
import { contentOf, type Disk, type Inode } from "./disk.js";

/** Bytes that a disk writes in one piece. */
const sector = 512;

/** Bytes that are left of a file with unsynced changes; undefined where its unsynced name is lost with them. */
type Damage = (inode: Inode, draw: Draw) => Uint8Array | undefined;

/** Every damage. What was synced is left by each of them. */
export const damages = {
  unchanged: (inode) => contentOf(inode),
  deleted: () => undefined,
  emptied: ({ durable }) => durable,
  zeroed: (inode) => contentOf(inode).slice().fill(0, safeBytes(inode)),
  halved(inode) {
    const safe = safeBytes(inode);
    return contentOf(inode).subarray(0, safe + ((inode.size - safe) >> 1));
  },
  flipped(inode, draw) {
    const bytes = contentOf(inode).slice();
    const safe = safeBytes(inode);
    if (bytes.length > safe) {
      const at = safe + drawBelow(draw, bytes.length - safe);
      bytes[at] = (bytes[at] as number) ^ (1 << draw(8));
    }
    return bytes;
  },
  torn(inode, draw) {
    const safe = safeBytes(inode);
    const first = Math.ceil((safe + 1) / sector);
    const last = Math.floor(inode.size / sector);
    const end = last < first ? safe : sector * (first + draw(last - first + 1));
    return contentOf(inode).subarray(0, end);
  },
  reordered,
} as const satisfies Record<string, Damage>;

type DamageName = keyof typeof damages;
export const damageNames = Object.keys(damages) as DamageName[];

/** What becomes of names and deletions that no sync of the folder covers. */
type NameLoss = "kept" | "lost" | "drawn";
export const nameLosses: readonly NameLoss[] = ["kept", "lost", "drawn"];

/** How a power cut goes: one damage for every file, or one drawn for each. */
export interface Cut {
  readonly damage: DamageName | "drawn";
  readonly names: NameLoss;
}

/** The files behind a power cut. The disk is left as it is, so that another cut of the same moment can be tried. */
export function cutPower(disk: Disk, { damage, names }: Cut, draw: Draw): Map<string, Uint8Array> {
  const left = new Map<string, Uint8Array>();
  for (const name of new Set([...disk.names.keys(), ...disk.unsyncedNames.keys()])) {
    const states = disk.unsyncedNames.get(name) ?? [disk.names.get(name)];
    const which = names === "lost" ? 0 : names === "kept" ? states.length - 1 : draw(states.length);
    const inode = states[which];
    if (!inode) continue;
    if (inode.changes.length === 0) {
      left.set(name, inode.durable);
      continue;
    }
    const hit = damage === "drawn" ? (damageNames[draw(damageNames.length)] as DamageName) : damage;
    const bytes = damages[hit](inode, draw) ?? (states.length > 1 ? undefined : inode.durable);
    if (bytes) left.set(name, bytes);
  }
  return left;
}

/** Sectors of any moment since the last sync, or never written; and the size of any moment. */
function reordered(inode: Inode, draw: Draw): Uint8Array {
  const { changes, durable } = inode;
  const moments = Array.from({ length: Math.min(changes.length, mostMoments) + 1 }, (_, i) =>
    contentOf(inode, Math.max(0, changes.length - mostMoments) + i),
  );
  const safe = safeBytes(inode);
  const size = (moments[draw(moments.length)] as Uint8Array).length;
  const bytes = new Uint8Array(size);
  bytes.set(durable.subarray(0, Math.min(safe, size)));
  for (let start = safe; start < size; ) {
    const end = Math.min(size, (Math.floor(start / sector) + 1) * sector);
    const moment = draw(moments.length + 1);
    if (moment < moments.length) bytes.set((moments[moment] as Uint8Array).subarray(start, end), start);
    start = end;
  }
  return bytes;
}

/** So many of the last changes may lie on the disk in any order. */
const mostMoments = 24;

/** Bytes at the start that are the same at every moment since the last sync. */
function safeBytes({ durable, changes }: Inode): number {
  return changes.reduce((safe, change) => Math.min(safe, "at" in change ? change.at : change.cutTo), durable.length);
}

/** A number below a limit of up to 2^32. */
function drawBelow(draw: Draw, limit: number): number {
  return (draw(0x10000) * 0x10000 + draw(0x10000)) % limit;
}
