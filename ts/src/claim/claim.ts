/**
 * Who may work on an action (docs/proof.md, section 5). The files in `claims/` decide; records only tell the readers.
 * Who takes over writes the new claim and then looks at the old one again; who renews writes the old one and then
 * looks for a newer one. So of two that meet at least one sees the other, and two never both succeed (CLM-004).
 */
import { mkdirSync } from "node:fs";
import { errors, nextActionTable } from "../gen/tables.js";
import { guardText } from "../guard/text.js";
import { BatonError, batonError } from "../record/error.js";
import {
  type Claim,
  type ClosedState,
  closedState,
  createClaim,
  createClosed,
  highestClaim,
  readClaim,
  replaceClaim,
  withdrawClaim,
} from "./file.js";

export type { Claim, ClosedState } from "./file.js";

/** The action that is meant. */
export interface ActionFiles {
  /** The folder `claims` of the state directory; made where it is missing. */
  readonly folder: string;
  /** Id of the action. */
  readonly action: string;
}

/** The lease that is wanted. */
export interface Lease {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds from now. */
  readonly lease: number;
}

/**
 * Claims the action for `lease` milliseconds. Of any number of processes that do so at once exactly one succeeds.
 * Throws CLAIM_HELD, with the claimer as place, while somebody's lease lasts, the own one included; CLAIM_CLOSED,
 * CLAIM_UNKNOWN on what is no id of an action, GUARD_REFUSED on a claimer that may not be stored.
 */
export function claimAction(request: ActionFiles & Lease & { readonly claimer: string }): Claim {
  const { folder, action, claimer, now, lease } = request;
  return inFolder(request, () => {
    refuseClaimer(claimer);
    for (;;) {
      const current = highestClaim(folder, action);
      refuseClosed(request);
      refuseLive(current, now);
      const claim = { action, generation: (current?.generation ?? 0) + 1, claimer, leaseUntil: now + lease };
      if (!createClaim(folder, claim)) continue;
      try {
        refuseClosed(request);
        refuseLive(readClaim(folder, action, claim.generation - 1), now);
      } catch (error) {
        withdrawClaim(folder, claim);
        throw error;
      }
      return claim;
    }
  });
}

/**
 * Lets the lease of the latest claim end `lease` milliseconds from now, also one that has ended and that nobody took
 * over. With `claimer`, only for that claimer. Throws CLAIM_NONE where nobody claimed it, CLAIM_HELD, CLAIM_CLOSED.
 */
export function renewClaim(request: ActionFiles & Lease & { readonly claimer?: string }): Claim {
  const { folder, action, claimer, now, lease } = request;
  return inFolder(request, () => {
    refuseClosed(request);
    const current = highestClaim(folder, action);
    if (current === undefined) throw batonError(errors.CLAIM_NONE);
    refuseOther(current, claimer);
    const claim = { ...current, leaseUntil: now + lease };
    replaceClaim(folder, claim);
    refuseClosed(request);
    const latest = highestClaim(folder, action);
    if (latest !== undefined && latest.generation > claim.generation) throw heldBy(latest);
    return claim;
  });
}

/**
 * Closes the action for good, claimed or not, and gives its latest claim. With `claimer`, only for the latest
 * claimer. Closing again in the same state changes nothing, so that a lost record can be written again. Throws
 * CLAIM_HELD, and CLAIM_CLOSED where it was closed in the other state.
 */
export function closeAction(
  request: ActionFiles & { readonly claimer?: string; readonly state: ClosedState },
): Claim | undefined {
  const { folder, action, claimer, state } = request;
  return inFolder(request, () => {
    const current = highestClaim(folder, action);
    if (current !== undefined) refuseOther(current, claimer);
    createClosed(folder, action, state);
    if (closedState(folder, action) !== state) throw batonError(errors.CLAIM_CLOSED);
    return current;
  });
}

/** The latest claim of the action, live or ended; undefined where there is none. */
export function latestClaim(request: ActionFiles): Claim | undefined {
  return inFolder(request, () => highestClaim(request.folder, request.action));
}

function inFolder<T>({ folder, action }: ActionFiles, act: () => T): T {
  if (!/^[a-z]{1,2}-[0-9a-f]{16}$/.test(action)) throw batonError(errors.CLAIM_UNKNOWN);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return act();
  } catch (error) {
    if (error instanceof BatonError) throw error;
    throw batonError(errors.HOME_UNUSABLE, { place: (error as NodeJS.ErrnoException).code ?? "claims" });
  }
}

function refuseClosed({ folder, action }: ActionFiles): void {
  if (closedState(folder, action) !== undefined) throw batonError(errors.CLAIM_CLOSED);
}

function refuseLive(claim: Claim | undefined, now: number): void {
  if (claim !== undefined && claim.leaseUntil > now) throw heldBy(claim);
}

function refuseOther(claim: Claim, claimer: string | undefined): void {
  if (claimer !== undefined && claim.claimer !== claimer) throw heldBy(claim);
}

function refuseClaimer(claimer: string): void {
  const policy = nextActionTable.fields.find((field) => field.name === "claimer")?.text;
  if (policy !== undefined) guardText(policy, claimer, "next_action.claimer");
}

function heldBy(claim: Claim): BatonError {
  return batonError(errors.CLAIM_HELD, { place: claim.claimer ?? "unknown" });
}
