/** The folded state that `read` and `brief` answer with. */
import { fromBinary, toJson } from "@bufbuild/protobuf";
import canonicalize from "canonicalize";
import { createFold, foldRecord } from "../../ts/src/fold/fold.js";
import { type RetentionOverride, type State, stateOf } from "../../ts/src/fold/state.js";
import { statusOf } from "../../ts/src/fold/status.js";
import { countUsage, createUsageWindow, usageOf } from "../../ts/src/fold/usage-window.js";
import { StatusSchema } from "../../ts/src/gen/baton/state/v1/status_pb.js";
import type { PlacedRecord } from "../../ts/src/segment/folder.js";
import type { FolderHealth } from "../../ts/src/segment/verify.js";

/** Folds records at an instant; the status as canonical JSON. */
export function folded(
  records: Iterable<PlacedRecord>,
  now: number,
  given: { readonly retention?: readonly RetentionOverride[]; readonly health?: Partial<FolderHealth> } = {},
): { state: State; statusJson: string } {
  const fold = createFold({ now });
  const window = createUsageWindow(now);
  for (const record of records) {
    foldRecord(fold, record);
    countUsage(window, record);
  }
  const state = stateOf(fold, given);
  const status = statusOf(state, { health: given.health ?? {}, usage: usageOf(window) });
  return { state, statusJson: canonicalize(toJson(StatusSchema, fromBinary(StatusSchema, status))) ?? "" };
}
