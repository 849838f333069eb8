import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["ts/test/**/*.test.ts", "schema/**/*.test.ts", "conformance/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
