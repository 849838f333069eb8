/** Credentials in the authority of a URL (PRV-044). */
import { isSecretLike } from "./assignment.js";
import { startsWith } from "./automaton.js";
import { isIn, parseByteSet, withNonAscii } from "./byte-set.js";
import type { Finding } from "./finding.js";
import { isPlaceholder, type Placeholders } from "./placeholder.js";
import type { Steps } from "./steps.js";

const mostAuthority = 1024;
const shortestUser = 8;
/** Printable ASCII and everything above it but / ? # " ' < > \ ` */
const authority = withNonAscii(parseByteSet("!$-&(-.0-;=@-[]-_a-~"));
const [colon, at] = [0x3a, 0x40];

/** The userinfo behind the "://" that ends at `end`, if it holds a password, or a name that looks like a secret. */
export function matchUserinfo(
  users: readonly Uint8Array[],
  placeholders: Placeholders,
  text: Uint8Array,
  end: number,
  steps: Steps,
): Finding | undefined {
  let stop = end;
  while (stop - end < mostAuthority && isIn(authority, text, stop)) stop++;
  steps.left -= stop - end;
  const userinfoEnd = text.subarray(0, stop).lastIndexOf(at);
  if (userinfoEnd < end) return undefined;
  const finding = { rule: "userinfo", start: end, end: userinfoEnd };
  const passwordAt = text.subarray(0, userinfoEnd).indexOf(colon, end);
  if (passwordAt >= 0) {
    if (passwordAt + 1 < userinfoEnd && !isPlaceholder(placeholders, text, passwordAt + 1, userinfoEnd)) return finding;
    if (passwordAt + 1 < userinfoEnd) return undefined;
  }
  const userEnd = passwordAt >= 0 ? passwordAt : userinfoEnd;
  if (
    userEnd - end < shortestUser ||
    users.some((user) => user.length === userEnd - end && startsWith(text, end, user))
  )
    return undefined;
  if (isPlaceholder(placeholders, text, end, userEnd) || !isSecretLike(text, end, userEnd)) return undefined;
  return finding;
}
