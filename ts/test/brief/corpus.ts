/** What the briefs of the tests are made from: a typical state and the worst one. */
import type { GitFacts } from "../../src/brief/git-facts.js";
import type { PlacedRecord } from "../../src/segment/scanned.js";
import { day, hour, minute, now, recordOf, workspace } from "../fold/records.js";

export const commit = "3f2a91c0d4e5b6a798807f6e5d4c3b2a19080706";
export const older = "91c04d4e5b6a798807f6e5d4c3b2a190807063f2";
export const worktree = "wt-0123456789abcdef";
export const digest = (letter: string): string => letter.repeat(32);

/** Git facts of a repository with three changed files. */
export const git: GitFacts = {
  answer: 1,
  workspace,
  worktree,
  branch: "fix/limit-window",
  commit,
  changedFiles: 3,
  upstream: "origin/main",
  ahead: 2,
  behind: 1,
  treeDigest: digest("a"),
  fork: "github.com/me/proxy",
};

/** A day of work: pointers, a pull request, notes, actions, runs, a limited model, the proxy. */
export function typical(): PlacedRecord[] {
  return [
    recordOf({ pointer: { type: 3, worktree, ref: "main" }, observedAt: now - 3 * hour }),
    recordOf({ pointer: { type: 4, worktree, commit: older }, observedAt: now - 3 * hour }),
    recordOf({ pointer: { type: 5, number: 42, repository: workspace, active: true }, observedAt: now - 2 * hour }),
    recordOf({ pointer: { type: 6, number: 17, repository: workspace, active: true }, observedAt: now - 2 * day }),
    recordOf({
      nextAction: {
        id: "a-9d41c07be2f35a68",
        text: "Write the fixture for a reset header in seconds",
        state: 1,
        generation: 0,
      },
      observedAt: now - 25 * minute,
    }),
    recordOf({
      nextAction: {
        id: "a-51f0e6a2b7c4d983",
        text: "Answer the review on the retry budget",
        state: 2,
        generation: 1,
        claimer: "codex",
        leaseUntil: now + 22 * minute - 1,
      },
      observedAt: now - 98 * minute,
    }),
    recordOf({
      handoffNote: {
        id: "n-1",
        category: 5,
        text: "The upstream mock answers 200 with a limit header, ask before changing it",
      },
      observedAt: now - hour,
    }),
    recordOf({
      handoffNote: { id: "n-2", category: 2, text: "Windows are counted from ts, not from the local day" },
      observedAt: now - 26 * hour,
    }),
    recordOf({
      validation: {
        worktree,
        command: "npm test",
        argvDigest: digest("1"),
        exitCode: 0,
        testsPassed: 212,
        testsFailed: 0,
        commit,
        source: 1,
        treeDigest: digest("a"),
      },
      observedAt: now - 12 * minute,
    }),
    recordOf({
      validation: {
        worktree,
        command: "cargo test -p baton-state",
        argvDigest: digest("2"),
        exitCode: 101,
        testsPassed: 209,
        testsFailed: 3,
        commit: older,
        source: 1,
        treeDigest: digest("b"),
      },
      observedAt: now - 2 * hour,
    }),
    recordOf({
      modelHealth: {
        provider: "opencode-zen",
        model: "big-pickle",
        state: 2,
        limitResetsAt: now + 87 * minute,
        lastStatus: 429,
      },
      observedAt: now - 5 * minute,
    }),
    recordOf({
      modelHealth: { provider: "opencode-zen", model: "grok-code", state: 1, lastStatus: 200 },
      observedAt: now - 4 * minute,
    }),
    recordOf({
      runtimeSummary: {
        name: "opencode-proxy",
        port: 8787,
        up: true,
        version: "1.4.2",
        routing: "failover",
        uptimeSeconds: 11_000,
        windowSeconds: 900,
        requests: 120,
        failures: 3,
      },
      observedAt: now - 4 * minute,
    }),
    recordOf({ configFact: { subject: 3, name: 6, value: "untrusted" }, observedAt: now - 3 * hour }),
    recordOf({ sessionMark: { phase: 2 }, session: "s-0123456789abcdef", observedAt: now - 10 * minute }),
  ];
}

/** More than fits: every text as long as the guard lets it be, in two scripts, with ids and digests everywhere. */
export function worst(): PlacedRecord[] {
  const english =
    "Check whether the retry budget still holds when the upstream resets its window early, then write it down ";
  const russian = "Проверить, держится ли запас повторов, когда окно сбрасывается раньше, и записать это ";
  const id = (letter: string, n: number): string =>
    `${letter}-${(0x9d41c07be2f35a68n + BigInt(n) * 7919n).toString(16)}`;
  const records = typical();
  for (let n = 0; n < 40; n++) {
    const text = cut((n % 2 === 0 ? english : russian).repeat(3), 200);
    const at = now - (n + 1) * 37 * minute;
    records.push(
      recordOf({
        nextAction: { id: id("a", n), text, state: 2, claimer: id("s", n), leaseUntil: now + 100 * hour },
        observedAt: at,
      }),
      recordOf({ handoffNote: { id: id("n", n), category: (n % 5) + 1, text }, observedAt: at }),
      recordOf({
        validation: {
          worktree: id("wt", n),
          command: cut(
            `cargo test --package crate-${n} --features alpha,beta --target x86_64-unknown-linux-gnu -- `.repeat(4),
            512,
          ),
          argvDigest: digest("3"),
          exitCode: 101,
          testsPassed: 31_415,
          testsFailed: 926,
          commit: older,
          source: 1,
          treeDigest: digest("c"),
        },
        observedAt: at,
      }),
      recordOf({
        modelHealth: {
          provider: "opencode-zen",
          model: `vendor/model-2026-11-${n}`,
          state: 2,
          limitResetsAt: now + (n + 30) * hour,
        },
        observedAt: at,
      }),
      recordOf({
        runtimeSummary: {
          name: "opencode-proxy",
          port: 40_000 + n,
          up: true,
          version: "1.4.2-rc.1",
          routing: "failover",
          requests: 98_765,
          failures: 43_210,
          windowSeconds: 86_400,
        },
        observedAt: at,
      }),
    );
  }
  return records;
}

function cut(text: string, bytes: number): string {
  let out = text;
  while (new TextEncoder().encode(out).length > bytes) out = out.slice(0, -1);
  return out;
}
