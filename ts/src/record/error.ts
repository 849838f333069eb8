/** Errors as values with a stable code. docs/codes.md lists the codes with cause and remedy. */
import type { ErrorTable } from "./schema.js";

/** What every function of the library throws. It never holds the offending value. */
export class BatonError extends Error {
  /** Stable code, such as "BTN-G01". */
  readonly code: string;
  /** What to do about it. */
  readonly remedy: string;
  /** Path of the field, such as "handoff_note.text". */
  readonly field?: string;
  /** Where it happened, such as "segment 3f9c…e1, bytes 4096..4310". */
  readonly place?: string;

  constructor(error: ErrorTable, at: { readonly field?: string; readonly place?: string } = {}) {
    super(at.place === undefined ? error.cause : `${error.cause}, ${at.place}`);
    this.name = "BatonError";
    this.code = error.id;
    this.remedy = error.remedy;
    if (at.field !== undefined) this.field = at.field;
    if (at.place !== undefined) this.place = at.place;
  }
}

/** Makes the error of a code (`errors` of gen/tables). Its message is the cause and, where one is given, the place. */
export function batonError(
  error: ErrorTable,
  at: { readonly field?: string; readonly place?: string } = {},
): BatonError {
  return new BatonError(error, at);
}
