/** What a remote URL names: a host and a path on it (docs/proof.md, section 2). */

/** Host and path of a remote, in ASCII lower case, without userinfo, port, query, fragment and ".git". */
export interface RemotePlace {
  readonly host: string;
  /** At least one segment, none of them empty. */
  readonly path: readonly string[];
}

/**
 * Takes a remote apart as git does: "scheme://…" with an authority, else the scp-like "[user@]host:path".
 * Gives undefined for everything that names no host: local paths, drives, file URLs, remote helpers (GIT-011).
 */
export function remotePlace(url: string): RemotePlace | undefined {
  const parts = url.includes("://") ? ofUrl(url) : ofScpLike(url);
  if (parts === undefined) return undefined;
  const host = lowerCase(parts.host).replace(/\.$/, "");
  const path = lowerCase(parts.path.replace(/[?#].*$/s, ""))
    .split("/")
    .filter((segment) => segment !== "");
  const last = path.pop()?.replace(/\.git$/, "");
  if (last !== undefined && last !== "") path.push(last);
  return host === "" || path.length === 0 ? undefined : { host, path };
}

/** "host/owner/repo": what is stored, or hashed into an alias. */
export function nameOf(place: RemotePlace): string {
  return [place.host, ...place.path].join("/");
}

function ofUrl(url: string): { host: string; path: string } | undefined {
  const [, scheme = "", authority = "", path = ""] = /^([^:]*):\/\/([^/?#]*)(.*)$/s.exec(url) ?? [];
  if (!/^[A-Za-z][A-Za-z0-9+.-]*$/.test(scheme) || lowerCase(scheme) === "file") return undefined;
  return { host: hostOf(authority), path };
}

function ofScpLike(url: string): { host: string; path: string } | undefined {
  const bracketed = /^(?:[^/[\]]*@)?\[([^/[\]]*)\]:(.*)$/s.exec(url);
  if (bracketed !== null) return { host: hostOf(bracketed[1] ?? ""), path: bracketed[2] ?? "" };
  const [, before = "", path = ""] = /^([^:/\\]*):(.*)$/s.exec(url) ?? [];
  const isDrive = /^[A-Za-z]$/.test(before);
  const isRemoteHelper = path.startsWith(":");
  return isDrive || isRemoteHelper ? undefined : { host: hostOf(before), path };
}

/** Drops userinfo, port and the brackets of an IPv6 address. */
function hostOf(authority: string): string {
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const bracketed = /^\[([^\]]*)\]/.exec(host);
  if (bracketed !== null) return bracketed[1] ?? "";
  const colon = host.indexOf(":");
  return colon === -1 || host.indexOf(":", colon + 1) !== -1 ? host : host.slice(0, colon);
}

/** ASCII alone, so that every language agrees. */
export function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
