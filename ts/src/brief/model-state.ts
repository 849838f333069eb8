/** Whether a model can be used at an instant (BRF-050). */
import { modelHealthTable } from "../gen/tables.js";
import type { Decoded } from "../record/wire.js";
import { enumOf, integerOf } from "./fields.js";

/** Short names of baton.state.v1.ModelState. */
export type ModelState = "available" | "limited" | "retry" | "error" | "untested";

/**
 * The state of a decoded ModelHealth at `now`: limited while its reset lies ahead, or where it is limited and nobody
 * said until when. A limit that is over leaves what the last status says.
 */
export function modelStateAt(health: Decoded, now: number): ModelState {
  const state = enumOf(modelHealthTable, health, "state");
  const resetsAt = integerOf(health, "limitResetsAt");
  if (resetsAt !== undefined && resetsAt > now) return "limited";
  if (state === "available" || state === "retry" || state === "error") return state;
  if (state !== "limited") return "untested";
  if (resetsAt === undefined) return "limited";
  const status = integerOf(health, "lastStatus") ?? 429;
  if (status === 429) return "retry";
  return status >= 200 && status < 300 ? "available" : "error";
}
