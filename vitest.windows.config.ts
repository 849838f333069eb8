import { defineConfig } from "vitest/config";

/** Run by `npm run test:windows`, which builds what these tests look at. */
export default defineConfig({
  test: {
    include: ["windows/**/*.test.ts"],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
    // Once in some 20 runs of all tests, wine loses a process or never starts one: a test that failed is run once more, and
    // the report says so.
    retry: 1,
  },
});
