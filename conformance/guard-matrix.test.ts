/** The position matrix, thin: two texts of each family at each position. `npm run guard:matrix` has all of it. */
import { describe, expect, it } from "vitest";
import { caughtShare, matrix } from "./guard/matrix.js";

const seed = Number(process.env.BATON_SEED ?? 1);

describe(`secrets of every family (BATON_SEED=${seed})`, () => {
  for (const { position, stored, strict } of matrix([seed], 2)) {
    const escapes = [...stored.escapes, ...strict.escapes].map(
      ({ secret, placed }) => `${secret.family} in ${placed.class}`,
    );
    it(`are caught ${position.name} in ${position.goal} of 100 tries`, () => {
      expect(stored.tried + strict.tried).toBeGreaterThan(300);
      expect([caughtShare(stored) >= position.goal, caughtShare(strict) >= position.goal], escapes.join("\n")).toEqual([
        true,
        true,
      ]);
    });
  }
});
