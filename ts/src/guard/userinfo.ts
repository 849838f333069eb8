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
  const userinfo = userinfoAt(text, end);
  steps.left -= userinfo.stop - end;
  if (userinfo.end < 0) return undefined;
  const finding = { rule: "userinfo", start: end, end: userinfo.end };
  const passwordAt = userinfo.userEnd;
  if (passwordAt >= 0 && passwordAt + 1 < userinfo.end) {
    const isNone =
      isTwice(text, end, passwordAt, userinfo.end) || isPlaceholder(placeholders, text, passwordAt + 1, userinfo.end);
    return isNone ? undefined : finding;
  }
  const userEnd = passwordAt >= 0 ? passwordAt : userinfo.end;
  if (
    userEnd - end < shortestUser ||
    users.some((user) => user.length === userEnd - end && startsWith(text, end, user))
  )
    return undefined;
  if (isPlaceholder(placeholders, text, end, userEnd) || !isSecretLike(text, end, userEnd)) return undefined;
  return finding;
}

/** Whether what stands before and behind the colon is the same, as in postgres:postgres. */
function isTwice(text: Uint8Array, start: number, colonAt: number, end: number): boolean {
  const length = colonAt - start;
  if (end - colonAt - 1 !== length) return false;
  for (let i = 0; i < length; i++) if (text[start + i] !== text[colonAt + 1 + i]) return false;
  return true;
}

/**
 * Where the authority that begins at `start` stops, where its userinfo ends (the last "@") and where the user in it does (the
 * first ":"); -1 where it has none.
 */
export function userinfoAt(text: Uint8Array, start: number): { stop: number; end: number; userEnd: number } {
  let stop = start;
  let end = -1;
  for (; stop - start < mostAuthority && isIn(authority, text, stop); stop++) if (text[stop] === at) end = stop;
  let userEnd = -1;
  for (let i = start; i < end && userEnd < 0; i++) if (text[i] === colon) userEnd = i;
  return { stop, end, userEnd };
}
