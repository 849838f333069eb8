/** The step budget: the guard's time limit, counted alike in both languages instead of a clock (PRV-005). */

/** Steps that are left; below 0 the text is refused. */
export interface Steps {
  left: number;
}

/** The budget of a text: 4,096 steps and 16 more for each byte. */
export function budgetOf(text: Uint8Array): Steps {
  return { left: 4096 + 16 * text.length };
}
