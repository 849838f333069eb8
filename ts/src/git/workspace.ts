/** How a repository is named in records (docs/proof.md, section 2). */
import { gitFactsTable } from "../gen/tables.js";
import { alias } from "../home/key.js";
import { textAllowed } from "./fact.js";
import { lowerCase, nameOf, type RemotePlace, remotePlace } from "./remote.js";

/** What decides whether a name is readable, and what keys the aliases of the others. */
export interface Naming {
  /** install.key; without it there are no aliases. */
  readonly key?: Uint8Array | undefined;
  /** baton.state.v1.Config, as far as naming goes. */
  readonly config?:
    | {
        readonly publicHosts?: readonly string[] | undefined;
        readonly workspace?: { readonly alias?: boolean | undefined } | undefined;
      }
    | undefined;
}

/** Hosts whose "owner/repo" is stored readable; Config.public_hosts adds to them (GIT-012). */
const publicHosts = ["github.com", "gitlab.com", "bitbucket.org", "codeberg.org"];

/**
 * The workspace that a remote stands for: "host/owner/repo" where that may be read, else an alias of it. Gives
 * undefined where the remote names no host, and where an alias is due and there is no key.
 */
export function workspaceOf(url: string, naming: Naming): string | undefined {
  const place = remotePlace(url);
  return place === undefined ? undefined : workspaceOfPlace(place, naming);
}

/** The workspace of a repository whose remote names no host: an alias of the real path of its common git folder. */
export function workspaceOfFolder(realPath: string, naming: Naming): string | undefined {
  return naming.key === undefined ? undefined : alias(naming.key, "workspace", "ws-", realPath);
}

/** The remote that names the repository: origin, else the first by the bytes of its name (GIT-010). */
export function namingRemote(urls: ReadonlyMap<string, string>): string | undefined {
  return urls.has("origin") ? "origin" : [...urls.keys()].sort(byBytes)[0];
}

/**
 * The user's fork: a remote on the host of the naming one, with another owner (GIT-013). A remote called "upstream"
 * is not the fork but what was forked, so then the naming remote itself is.
 */
export function forkOf(urls: ReadonlyMap<string, string>, naming: Naming): string | undefined {
  const own = namingRemote(urls);
  const ownPlace = own === undefined ? undefined : remotePlace(urls.get(own) ?? "");
  if (own === undefined || ownPlace === undefined) return undefined;
  const others = [...urls.keys()].sort(byBytes).flatMap((name) => {
    const place = name === own ? undefined : remotePlace(urls.get(name) ?? "");
    return place !== undefined && isOtherOwner(ownPlace, place) ? [{ name, place }] : [];
  });
  const fork = others.find(({ name }) => name !== "upstream")?.place ?? (others.length > 0 ? ownPlace : undefined);
  return fork === undefined ? undefined : workspaceOfPlace(fork, naming);
}

function workspaceOfPlace(place: RemotePlace, naming: Naming): string | undefined {
  const name = nameOf(place);
  if (isReadable(place, naming) && textAllowed(gitFactsTable, "workspace", name)) return name;
  return naming.key === undefined ? undefined : alias(naming.key, "workspace", "ws-", name);
}

function isReadable({ host, path }: RemotePlace, { config }: Naming): boolean {
  if (config?.workspace?.alias === true || path.length < 2) return false;
  const added = (config?.publicHosts ?? []).map((listed) => lowerCase(listed).replace(/:[0-9]*$/, ""));
  if (![...publicHosts, ...added].includes(host)) return false;
  return path.every((segment) => /^[a-z0-9._-]+$/.test(segment) && segment !== "." && segment !== "..");
}

function isOtherOwner(own: RemotePlace, other: RemotePlace): boolean {
  if (own.host !== other.host || own.path.length < 2 || other.path.length < 2) return false;
  return own.path.slice(0, -1).join("/") !== other.path.slice(0, -1).join("/");
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
