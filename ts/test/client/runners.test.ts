import { describe, expect, it } from "vitest";
import { checkIn } from "../../src/client/runners.js";

describe("which commands are checks (RUN-010)", () => {
  const checks = [
    "npm test",
    "npm t",
    "npm run test:unit -- --watch=false",
    "npm run build",
    "pnpm test",
    "pnpm lint",
    "yarn typecheck",
    "bun test",
    "npx vitest run",
    "npx --yes jest src",
    "pnpm exec tsc --noEmit",
    "bunx biome check .",
    "cargo test --workspace",
    "cargo +nightly clippy",
    "go test ./...",
    "pytest -q tests",
    "python -m pytest",
    "python3.12 -m mypy src",
    "uv run pytest",
    "poetry run ruff check",
    "make",
    "make check",
    "./gradlew test",
    "buf lint",
    "CI=1 RUST_LOG=debug cargo test",
    "node_modules/.bin/eslint .",
    '"npm" "test"',
  ];
  it.each(checks)("%s is one", (line) => {
    expect(checkIn(line)?.line).toBe(line);
  });

  const others = [
    "",
    "ls -la",
    "npm install",
    "npm run deploy",
    "npm exec",
    "cargo run",
    "git commit -m test",
    "echo npm test",
    "cat pytest",
    "npx cowsay test",
    "uv pip install pytest",
    "CI=1",
    // Their exit status is another's.
    "npm test | tail -5",
    "npm test; echo done",
    "npm test && git push",
    "npm test || true",
    "npm test > log",
    "npm test $(cat args)",
    "npm test &",
    "(npm test)",
    "! npm test",
    'npm test "unfinished',
  ];
  it.each(others)("%s is none", (line) => {
    expect(checkIn(line)).toBeUndefined();
  });

  it("a folder may be changed to first, and is told", () => {
    expect(checkIn("cd web && npm test")).toEqual({ line: "npm test", words: ["npm", "test"], dir: "web" });
    expect(checkIn("cd 'my app' && CI=1 npm test")).toEqual({
      line: "CI=1 npm test",
      words: ["CI=1", "npm", "test"],
      dir: "my app",
    });
    expect(checkIn("cd web && npm test && npm run lint")).toBeUndefined();
    expect(checkIn("cd ~/web && npm test")).toBeUndefined();
    expect(checkIn('cd "$HOME" && npm test')).toBeUndefined();
  });

  it("what the user lists is one, whole word by whole word from the start", () => {
    expect(checkIn("scripts/verify --all", ["scripts/verify"])?.line).toBe("scripts/verify --all");
    expect(checkIn("bazel test //...", ["bazel test"])?.line).toBe("bazel test //...");
    expect(checkIn("bazel build //...", ["bazel test"])).toBeUndefined();
    expect(checkIn("scripts/verify2", ["scripts/verify"])).toBeUndefined();
  });
});
