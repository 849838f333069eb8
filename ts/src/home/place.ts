/** Where the state directory lies, and where it may not lie (docs/design.md, "State directory"). */
import { posix, win32 } from "node:path";

/** What the choice of a state directory depends on. */
export interface PlaceInit {
  /** Value of --home. */
  readonly home?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  /** The user's home directory. */
  readonly userHome: string;
}

/** The state directory, absolute; undefined where nothing names one. */
export function stateDirectory({ home, env, platform, userHome }: PlaceInit): string | undefined {
  const path = platform === "win32" ? win32 : posix;
  const named = home || env.BATON_HOME;
  if (named) return path.resolve(named);
  if (platform === "win32") {
    const local = env.LOCALAPPDATA || (userHome && path.join(userHome, "AppData", "Local"));
    return local ? path.join(local, "baton") : undefined;
  }
  const xdg = env.XDG_STATE_HOME;
  if (platform !== "darwin" && xdg && path.isAbsolute(xdg)) return path.join(xdg, "baton");
  if (!userHome) return undefined;
  return platform === "darwin"
    ? path.join(userHome, "Library", "Application Support", "baton")
    : path.join(userHome, ".local", "state", "baton");
}

/** Folder names under which a synchroniser works; a name may go on behind a space, "-" or "(". */
const syncedFolders = ["onedrive", "dropbox", "icloud drive", "mobile documents", "google drive", "googledrive"];

const remoteTypes = new Set(
  "nfs nfs3 nfs4 cifs smb2 smb3 smbfs ncpfs afs ceph glusterfs drvfs fuse.sshfs fuse.rclone davfs fuse.davfs2".split(
    " ",
  ),
);

/**
 * Whether a directory is on a synced or remote folder, as its real path and the table of mounts tell. `mounts` is the
 * text of /proc/mounts, empty where there is none.
 */
export function isRemotePlace(dir: string, mounts: string): boolean {
  if (/^[\\/]{2}[^?.\\/]/.test(dir) || /^\\\\\?\\UNC\\/i.test(dir)) return true;
  const isSynced = dir.split(/[\\/]/).some((part) => {
    const name = part.toLowerCase();
    return name === "cloudstorage" || syncedFolders.some((synced) => name === synced || isNamedAfter(name, synced));
  });
  return isSynced || isRemoteMount(dir, mounts);
}

function isNamedAfter(name: string, synced: string): boolean {
  return name.startsWith(synced) && /^[ (-]/.test(name.slice(synced.length));
}

function isRemoteMount(dir: string, mounts: string): boolean {
  let longest = -1;
  let isRemote = false;
  for (const line of mounts.split("\n")) {
    const [, escaped, type, options] = line.split(" ");
    if (!escaped || !type) continue;
    const point = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const holds = point === "/" || dir === point || dir.startsWith(`${point}/`);
    // Of two mounts on one point the later one is seen.
    if (!holds || point.length < longest) continue;
    longest = point.length;
    // WSL 2 mounts the drives of Windows as 9p; other machines use that for their own disks.
    isRemote = remoteTypes.has(type) || (type === "9p" && /aname=drvfs|^\/mnt\/[a-z]$/m.test(`${point}\n${options}`));
  }
  return isRemote;
}
