/** A line of a brief. */
import type { Decoded } from "../record/wire.js";
import { word } from "./escape.js";

/** A line of the brief; a line about a validation carries it with its verdict (baton.state.v1.JudgedValidation). */
export interface Line {
  readonly text: string;
  readonly validation?: { readonly record: Decoded; readonly verdict: number };
}

/** A commit by its first seven characters. */
export function shortId(commit: string): string {
  return word([...commit].slice(0, 7).join(""));
}
