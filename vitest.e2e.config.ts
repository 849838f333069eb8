import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["e2e/**/*.test.ts"],
    globalSetup: ["e2e/setup.ts"],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    fileParallelism: false,
    maxWorkers: 1,
    // The clients and their start-up are not ours: what passes only at another try is listed as retried.
    retry: 2,
    reporters: ["verbose"],
  },
});
