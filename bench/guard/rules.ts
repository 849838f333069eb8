/** Which rules of the guard are rules of structure: they say nothing of secrets (docs/privacy.md, sections 1, 2 and 6). */

const structureRules = new Set(
  "empty too-long input enum digest ident path ref url alphabet mixed-script words line markup role email command-value command-compound command-form".split(
    " ",
  ),
);

/** Whether a finding of this rule is about the form of a text; every other rule has found a secret, or could not look. */
export function isStructureRule(rule: string): boolean {
  return structureRules.has(rule);
}
