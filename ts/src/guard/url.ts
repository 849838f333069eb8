/** URLs, split by the grammar of RFC 3986 alone; the URL parsers of the run times differ (PRV-022). */
import { hexDigits, isIn, parseByteSet } from "./byte-set.js";
import { isDots, misfitOf, misfitOfHost, misfitOfPort } from "./ident.js";

const schemes = ["https", "http", "ssh", "git"];
/** unreserved, sub-delims, ":" and "@" */
const pathBytes = parseByteSet("A-Za-z0-9._~!$&'()*+,;=:@/-");
const [percent, colon, slash, open, close] = [0x25, 0x3a, 0x2f, 0x5b, 0x5d];
const [outside, plain, joint, escaped] = [0, 1, 2, 3];
const pathKinds = pathBytes.map((member, byte) =>
  byte === slash ? joint : byte === percent ? escaped : member === 1 ? plain : outside,
);
const ipv6 = parseByteSet("0-9A-Fa-f:.");

/**
 * First offset at which the text is not a URL of a listed scheme with a host, an optional port and an optional path, the
 * length where it ends too early, -1 where it fits. Userinfo, query and fragment do not fit.
 */
export function misfitOfUrl(text: Uint8Array): number {
  const start = authorityStart(text);
  if (start < 0) return 0;
  let end = start;
  while (end < text.length && text[end] !== slash) end++;
  const authority = text[start] === open ? misfitOfIpv6(text, start, end) : misfitOfHost(text, start, end);
  return authority >= 0 ? authority : misfitOfPath(text, end);
}

/** Offset behind "scheme://" of a listed scheme, -1 for none. */
function authorityStart(text: Uint8Array): number {
  for (const scheme of schemes) {
    const head = `${scheme}://`;
    let i = 0;
    while (i < head.length && text[i] === head.charCodeAt(i)) i++;
    if (i === head.length) return i;
  }
  return -1;
}

function misfitOfIpv6(text: Uint8Array, start: number, end: number): number {
  const closing = text.indexOf(close, start);
  if (closing < 0 || closing >= end) return end;
  const misfit = misfitOf(ipv6, text, start + 1, closing);
  if (misfit >= 0) return misfit;
  if (closing < start + 3) return closing;
  if (closing + 1 === end) return -1;
  return text[closing + 1] === colon ? misfitOfPort(text, closing + 2, end) : closing + 1;
}

function misfitOfPath(text: Uint8Array, start: number): number {
  let segment = start + 1;
  for (let i = start; i < text.length; i++) {
    const kind = pathKinds[text[i] as number] as number;
    if (kind === plain) continue;
    if (kind === outside) return i;
    if (kind === escaped) {
      if (!isIn(hexDigits, text, i + 1) || !isIn(hexDigits, text, i + 2)) return i;
      i += 2;
    } else {
      if (isDots(text, segment, i)) return segment;
      segment = i + 1;
    }
  }
  return isDots(text, segment, text.length) ? segment : -1;
}
