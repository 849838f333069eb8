/**
 * The places that private text comes from, and what is put there. Each has a text of its own, which passes the guard as a
 * note would: that it is nowhere shows that it was never handed on, not that it was caught.
 */
import type { Planted } from "./search.js";

/** What is put where, besides `keyed`. Baton is never to keep any of it, in no form. */
export const said = {
  prompt: "what the user asks",
  answer: "what the model answers, and titles and summaries that it makes",
  reasoning: "what it thinks",
  instructions: "system prompts",
  "tool-input": "arguments of tools that run no command: patches, files to write, what MCP calls carry besides",
  "tool-output": "what commands and tools print, a check that Baton runs included",
  "file-content": "content of files, ignored by git and outside of the repository",
  "file-name": "names and paths of files outside of the repository",
  environment_name: "names of environment variables",
  "environment-value": "their values",
  home: "the user's folder, and with it the state directory and the temporary folder",
  host: "host name",
  user: "user name",
  "git-name": "name in git's settings",
  "git-email": "e-mail address in git's settings",
  "url-user": "user and password in the URLs of remotes, base URLs and proxies",
  header: "headers of requests and responses, user-agent among them",
  query: "query strings",
  "request-body": "bodies of requests",
  "response-body": "bodies of responses: of the proxy, of `gh`",
  "error-body": "what models and providers say when they fail",
  refused: "texts that the guard refuses: notes, actions, labels, lines to import",
  key: "an API key, in the environment, settings, headers, a file and a note",
} as const;

/** What Baton puts under install.key: it may be told apart, and never read. */
export const keyed = {
  session: "ids of sessions and threads",
  call: "ids of calls of tools",
  argument: "arguments of commands",
  folder: "where the checkout lies",
  change: "changes of the work tree that are not committed",
  "base-host": "the host that models are asked at",
} as const;

/** Name of a place. */
export type Channel = keyof typeof said | keyof typeof keyed;

/** All places. */
export const channels = [...Object.keys(said), ...Object.keys(keyed)] as Channel[];

/** What all markers have in them. */
export const part = "canary";

/** What one run is given: `said` and `keyed` are added to its markers, and make the texts of two runs differ. */
export interface Variant {
  /** What only this place holds. */
  marker(channel: Channel): string;
  /** A sentence with the marker in it; of another length in another variant. */
  text(channel: Channel): string;
  readonly planted: readonly Planted[];
}

/** A variant; those with the same `keyed` have the same ids, arguments and places. Words of a-z behind a dash, or "". */
export function makeVariant(added: { readonly said: string; readonly keyed: string }): Variant {
  const isKeyed = (channel: Channel): boolean => Object.hasOwn(keyed, channel);
  const addedTo = (channel: Channel): string => (isKeyed(channel) ? added.keyed : added.said);
  const marker = (channel: Channel): string => {
    // In the form of a real one, and no more than that.
    if (channel === "key") return `sk-${`${part}0${added.said.slice(1)}`.repeat(6)}`;
    const name = `${part}-${channel}${addedTo(channel)}`;
    return channel.includes("_") ? name.replaceAll("-", "_") : name;
  };
  const text = (channel: Channel): string =>
    addedTo(channel) === "" ? `${marker(channel)} is said` : `so here is ${marker(channel)} and more`;
  return {
    marker,
    text,
    planted: channels.map((channel) => ({ channel, marker: marker(channel), texts: [text(channel)] })),
  };
}
