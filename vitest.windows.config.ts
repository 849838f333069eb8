import { defineConfig } from "vitest/config";

/** Run by `npm run test:windows`, which builds what these tests look at. */
export default defineConfig({
  test: {
    include: ["windows/**/*.test.ts"],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
  },
});
