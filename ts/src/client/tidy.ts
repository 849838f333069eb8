/** What a program does for the state directory once it has answered. */
import type { Environment } from "../git/run.js";
import { version } from "../library/version.js";
import { isMergeDue } from "../merge/due.js";
import { type MergeReport, mergeSegments } from "../merge/merge.js";
import { readSnapshot } from "../snapshot/file.js";
import { openClient } from "./client.js";
import { mostReadAgain, saveSnapshot } from "./snapshot.js";

/** Whose state directory. */
export interface TidyInit {
  readonly env: Environment;
  /** State directory; else the environment's. */
  readonly home?: string | undefined;
}

/**
 * Merges small segments where there are many, and writes the snapshot anew. BATON_MERGE_MS is the time for the merge in
 * milliseconds, 300 unless set; 0 turns it off. Never throws: nobody is there any more who could be told.
 */
export async function tidy(init: TidyInit): Promise<MergeReport | undefined> {
  try {
    const budgetMs = Number(init.env.BATON_MERGE_MS || 300);
    const client = openClient({ name: "cli", dir: "", ...init, writes: false });
    const { home, now } = client;
    if (!isMergeDue(home.segments)) return undefined;
    // It is there: this only refuses a folder that is synced or on another machine.
    home.create();
    const known = readSnapshot(home.dir)?.seen;
    const writer = { writerName: "baton-ts", writerVersion: version };
    const report = mergeSegments({ home: home.dir, ...writer, now, budgetMs, known });
    if (report.written > 0 && report.bytes <= mostReadAgain) await saveSnapshot(home, client.state());
    return report;
  } catch {
    return undefined;
  }
}
