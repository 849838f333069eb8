/** The last door of every fact: its text class (GIT-005). */
import { judge } from "../guard/judge.js";
import type { MessageTable } from "../record/schema.js";

/** Whether the guard lets `text` stand as it is in a field of the message. */
export function textAllowed(table: MessageTable, jsonName: string, text: string): boolean {
  const policy = table.fields.find((field) => field.jsonName === jsonName)?.text;
  return policy !== undefined && judge(policy, new TextEncoder().encode(text)).action === "allow";
}
