/** Notes: one guarded line for whoever comes next. */
import type { Client } from "./client.js";

/** What a note may be about. */
export const noteCategories = ["note", "decision", "finding", "audit", "blocker"] as const;

/** A name of `noteCategories`. */
export type NoteCategory = (typeof noteCategories)[number];

/** Records a note; gives its id. Throws what `Baton.record` throws, and WORKSPACE_UNKNOWN. */
export async function addNote(client: Client, text: string, category: NoteCategory): Promise<string> {
  const { id } = await client.record((baton) => baton.record("handoffNote", { text, category }, client.envelope()));
  return id;
}
