/** What the guard says: findings and judgements. */

/** One reason, as baton.guard.v1.Finding. Offsets are bytes of the original text; absent where there is no one place. */
export interface Finding {
  readonly rule: string;
  readonly start?: number;
  readonly end?: number;
}

/** The verdict on a text; never holds a part of what was refused. */
export interface Judgement {
  readonly action: "allow" | "redact" | "reject";
  /** Ordered by start, end, rule; those without offsets first. */
  readonly findings: readonly Finding[];
  /** The form that may be stored; only where the action is redact. */
  readonly output?: Uint8Array;
}

/** Sorts findings by start, end and rule in byte order, and leaves out repeats (PRV-004). */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const sorted = [...findings].sort(
    (a, b) =>
      (a.start ?? -1) - (b.start ?? -1) ||
      (a.end ?? -1) - (b.end ?? -1) ||
      (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0),
  );
  return sorted.filter((finding, i) => {
    const before = sorted[i - 1];
    return finding.rule !== before?.rule || finding.start !== before.start || finding.end !== before.end;
  });
}

/** A finding on the character at `at`; without offsets where the text ends before it. */
export function findingAt(rule: string, text: Uint8Array, at: number): Finding {
  if (at >= text.length) return { rule };
  let end = at + 1;
  while (end < text.length && ((text[end] as number) & 0xc0) === 0x80) end++;
  return { rule, start: at, end };
}
