/** What init is going to do, decided and checked in full before the first byte is written. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { InitAction, InitClient, InitFileSchema, InitLedgerSchema } from "../gen/baton/state/v1/init_pb.js";
import { errors } from "../gen/tables.js";
import { batonError } from "../record/error.js";
import { bytesOf, isSame, look, missingFolders } from "./file.js";
import { entryOf, hashOf, type InitFile, type InitLedger } from "./ledger.js";
import type { Part } from "./part.js";
import { decodeText, encodeText } from "./text.js";

/** What happens to one file. */
export interface Change {
  readonly part: Part;
  readonly action: InitAction;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
  /** A backup to be written, with the mode of the file. */
  readonly backup?: { readonly path: string; readonly bytes: Uint8Array; readonly mode: number };
  /** A backup that goes. */
  readonly spent?: string;
}

/** Everything that is going to happen. */
export interface Plan {
  readonly state: string;
  readonly changes: readonly Change[];
  /** Folders to be made, outermost first. */
  readonly folders: readonly string[];
  /** Folders to be taken away where they are empty, innermost first. */
  readonly leftFolders: readonly string[];
  readonly ledger: { readonly before: InitLedger; readonly after: InitLedger };
}

/** What was before init, beside the file. */
function backupPath({ path }: Part): string {
  return `${path}.baton-backup`;
}

/**
 * Plans to put Baton into files. Throws CLIENT_FILE, CLIENT_SYNTAX, CLIENT_SHAPE and CLIENT_TAKEN where a file does not
 * allow it, CLIENT_BACKUP where the place of its backup is taken.
 */
export function planInstall(parts: readonly Part[], ledger: InitLedger, state: string): Plan {
  const changes = parts.map((part) => installOf(part, entryOf(ledger, part.path)));
  const written = changes.filter(({ action }) => action !== InitAction.NONE);
  const files = [
    ...ledger.files.filter(({ path }) => !written.some(({ part }) => part.path === path)),
    ...written.map((change) => fileOf(change, entryOf(ledger, change.part.path))),
  ];
  const holders = parts.flatMap(({ path, folder }) => [dirname(path), ...(folder ? [folder] : [])]);
  const folders = [...new Set([join(state, "segments"), ...holders].flatMap(missingFolders))];
  const made = [...new Set([...ledger.folders, ...folders])];
  return {
    state,
    changes,
    folders,
    leftFolders: [],
    ledger: { before: ledger, after: create(InitLedgerSchema, { files, folders: made }) },
  };
}

function installOf(part: Part, entry: InitFile | undefined): Change {
  const { bytes, mode = part.mode } = look(part.path);
  const old = bytes && decodeText(bytes, part.path);
  const isKnown = bytes !== undefined && entry?.sha256 === hashOf(bytes);
  const after = encodeText({ text: part.put(old?.text, isKnown), hasMark: old?.hasMark ?? false });
  if (isSame(bytes, after)) return { part, action: InitAction.NONE, before: bytes, after };
  const action = bytes === undefined ? InitAction.CREATE : InitAction.EDIT;
  const change = { part, action, before: bytes, after };
  if (isKnown || !old) return change;
  // What --remove shall leave: the file of now, without anything of an earlier init.
  const original = part.strip(old.text, originalOf(part, entry));
  if (original === undefined) return change;
  const backup = { path: backupPath(part), bytes: encodeText({ ...old, text: original }), mode };
  if (entry?.backup !== backup.path && existsSync(backup.path) && !isSame(bytesOf(backup.path), backup.bytes))
    throw batonError(errors.CLIENT_BACKUP, { place: backup.path });
  return { ...change, backup };
}

/** The text of a part before init: undefined where init made the file, empty where nobody knows any more. */
function originalOf(part: Part, entry: InitFile | undefined): string | undefined {
  if (entry && !entry.backup) return undefined;
  const bytes = entry?.backup ? bytesOf(entry.backup) : undefined;
  return bytes ? decodeText(bytes, part.path).text : "";
}

function fileOf({ part, before, after, backup }: Change, entry: InitFile | undefined): InitFile {
  const isKept = before !== undefined && entry?.sha256 === hashOf(before);
  const kept = backup?.path ?? (isKept ? entry?.backup : undefined);
  return create(InitFileSchema, {
    client: part.client,
    part: part.part,
    path: part.path,
    sha256: hashOf(after ?? new Uint8Array()),
    ...(kept ? { backup: kept } : {}),
  });
}

/**
 * Plans to take Baton out of files: those of the ledger that `parts` names, and such as the ledger does not know. The
 * launcher goes with the last of the others. Throws as `planInstall`.
 */
export function planRemove(parts: readonly Part[], ledger: InitLedger, state: string): Plan {
  const named = new Set<string | undefined>(parts.map(({ path }) => path));
  const stay = ledger.files.some(({ path, client }) => client !== InitClient.BATON && !named.has(path));
  const chosen = parts.filter(({ client }) => client !== InitClient.BATON || !stay);
  const changes = chosen.map((part) => removalOf(part, entryOf(ledger, part.path)));
  const paths = new Set<string | undefined>(chosen.map(({ path }) => path));
  const files = ledger.files.filter(({ path }) => !paths.has(path));
  return {
    state,
    changes,
    folders: [],
    leftFolders: [...ledger.folders].reverse(),
    ledger: {
      before: ledger,
      after: create(InitLedgerSchema, { files, folders: files.length > 0 ? ledger.folders : [] }),
    },
  };
}

function removalOf(part: Part, entry: InitFile | undefined): Change {
  const before = bytesOf(part.path) && look(part.path).bytes;
  if (before === undefined) return { part, action: InitAction.NONE, before, after: undefined };
  const backup = entry?.backup ? bytesOf(entry.backup) : undefined;
  const spent = entry?.backup ? { spent: entry.backup } : {};
  if (entry?.sha256 === hashOf(before)) {
    if (backup) return { part, action: InitAction.RESTORE, before, after: backup, ...spent };
    if (!entry.backup) return { part, action: InitAction.DELETE, before, after: undefined };
  }
  const old = decodeText(before, part.path);
  const text = part.strip(old.text, originalOf(part, entry));
  if (text === undefined) return { part, action: InitAction.DELETE, before, after: undefined, ...spent };
  if (text !== old.text)
    return { part, action: InitAction.STRIP, before, after: encodeText({ ...old, text }), ...spent };
  if (part.isWhole && entry) return { part, action: InitAction.KEEP, before, after: before };
  return { part, action: InitAction.NONE, before, after: before, ...spent };
}
