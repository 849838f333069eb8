/** The clock of every command. */
import { errors } from "../gen/tables.js";
import { batonError } from "../record/error.js";

/**
 * Now, in milliseconds since 1970. BATON_NOW fixes it: milliseconds, or a time of RFC 3339. Throws ARGUMENT where it
 * is neither.
 */
export function now(env: Readonly<Record<string, string | undefined>>): number {
  const fixed = env.BATON_NOW;
  if (!fixed) return Date.now();
  const isTime = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(fixed);
  const ms = /^\d{1,15}$/.test(fixed)
    ? Number(fixed)
    : isTime
      ? Date.parse(fixed.toUpperCase().replace(" ", "T"))
      : NaN;
  if (!Number.isFinite(ms)) throw batonError(errors.ARGUMENT, { field: "BATON_NOW" });
  return ms;
}
