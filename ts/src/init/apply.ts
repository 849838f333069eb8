/** Carries a plan out: all of it, or nothing. */
import { chmodSync, chownSync, mkdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { relative } from "node:path";
import { errors } from "../gen/tables.js";
import { batonError } from "../record/error.js";
import { codeOf } from "../segment/system.js";
import { bytesOf, isSame, refused, writeFile } from "./file.js";
import { ledgerBytes, ledgerPath } from "./ledger.js";
import type { Change, Plan } from "./plan.js";

/**
 * Writes what a plan says. Throws CLIENT_CHANGED where a file is not any more as it was planned for, CLIENT_FILE where the
 * system refuses one after all; in both cases everything is put back.
 */
export async function applyPlan(plan: Plan): Promise<void> {
  const changes = plan.changes.filter(({ before, after }) => !isSame(before, after));
  for (const { part, before } of changes)
    if (!isSame(bytesOf(part.path), before)) throw batonError(errors.CLIENT_CHANGED, { place: part.path });
  const undo: (() => Promise<void> | void)[] = [];
  try {
    for (const folder of plan.folders) undo.push(makeFolder(folder, plan.state));
    // The ledger first: whatever happens from here on, --remove knows of it.
    if (plan.leftFolders.length === 0) undo.push(await setLedger(plan));
    for (const change of changes) undo.push(await setBackup(change));
    for (const change of changes) undo.push(await setFile(change));
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
  for (const { spent } of plan.changes) if (spent !== undefined) rmSync(spent, { force: true });
  if (isSame(ledgerBytes(plan.ledger.before), ledgerBytes(plan.ledger.after))) return;
  await setLedger(plan);
  for (const folder of plan.leftFolders) removeEmpty(folder);
}

async function setFile({ part, before, after }: Change): Promise<() => Promise<void>> {
  await put(part.path, after, part.mode);
  return () => put(part.path, before, part.mode);
}

async function setLedger({ state, ledger }: Plan): Promise<() => Promise<void>> {
  const path = ledgerPath(state);
  await put(path, ledgerBytes(ledger.after), 0o600);
  return () => put(path, ledgerBytes(ledger.before), 0o600);
}

/** Writes the backup of a file, with its mode and owner. */
async function setBackup({ part, backup }: Change): Promise<() => Promise<void>> {
  if (!backup) return async () => undefined;
  const old = bytesOf(backup.path);
  await writeFile(backup.path, backup.bytes, 0o600);
  chmodSync(backup.path, backup.mode);
  const { uid, gid } = statSync(part.path);
  if (process.getuid?.() === 0) chownSync(backup.path, uid, gid);
  return () => put(backup.path, old, backup.mode);
}

async function put(path: string, bytes: Uint8Array | undefined, mode: number): Promise<void> {
  if (bytes) return writeFile(path, bytes, mode);
  rmSync(path, { force: true });
}

/** Makes one folder; what lies in the state directory is for its user alone. */
function makeFolder(folder: string, state: string): () => void {
  const isOurs = !relative(state, folder).startsWith("..");
  try {
    mkdirSync(folder, isOurs ? { mode: 0o700 } : {});
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw refused(folder, codeOf(error));
  }
  return () => removeEmpty(folder);
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody else's files are in it, or it is gone.
  }
}
