/** Commands and their safe shapes: the table of docs/privacy.md, and what else the rules say. */

/** A shell line and its shape. */
export interface ShapeRow {
  name: string;
  proves: string[];
  argv: string[];
  text: string;
}

function line(command: string, text: string, ...proves: string[]): ShapeRow {
  return { name: `${command} becomes ${text}`, proves, argv: [command], text };
}

/** Rows of cases/guard/command.json. */
export const shapeRows: ShapeRow[] = [
  line("npm test", "npm test", "PRV-062"),
  line("npm run build", "npm run build", "PRV-063"),
  line("npm run test:unit -- --run", "npm run test:unit -- --run", "PRV-063"),
  line("npm run deploy-acme", "npm run …", "PRV-063"),
  line("cargo test --workspace", "cargo test --workspace", "PRV-062"),
  line("cargo test -p acme-billing", "cargo test -p …", "PRV-064"),
  line("cargo clippy --all-targets -- -D warnings", "cargo clippy --all-targets -- -D warnings", "PRV-064"),
  line("pytest -q tests/test_x.py", "pytest -q tests/test_x.py", "PRV-063"),
  line("pytest tests/test_x.py::TestA::test_b -k name", "pytest tests/test_x.py::TestA::test_b -k …", "PRV-063"),
  line("pytest /home/me/x/test_x.py", "pytest …", "PRV-063"),
  line("pytest ../other/test_x.py", "pytest …", "PRV-063"),
  line("pytest tests/a8f9c2d1e5/x.py", "pytest …", "PRV-063"),
  line('curl -H "X-Name: value" https://u:p@h/x', "curl -H …", "PRV-062"),
  line("FOO=bar make check -j4", "make check -j4", "PRV-061"),
  line("FOO=bar make check && rm -rf x", "make …", "PRV-061"),
  line("npm test | tee log", "npm …", "PRV-061"),
  line("make;ls", "make …", "PRV-061"),
  line("make check > out.txt", "make …", "PRV-061"),
  line("make $(nproc)", "make …", "PRV-061"),
  line('git commit -m "$(cat x)"', "git …", "PRV-061"),
  line("echo 'open", "echo …", "PRV-060"),
  line("$CMD test", "…", "PRV-062"),
  line("(cd x && make)", "…", "PRV-061"),
  line("A=1 B=2", "…", "PRV-061"),
  line("\"npm\" 'run' te\\st", "npm run test", "PRV-060"),
  line("npm   test", "npm test", "PRV-065"),
  line("git commit -m 'a message'", "git commit -m …", "PRV-062"),
  line("git push origin main", "git push …", "PRV-062"),
  line("go test -race -count=1 ./...", "go test -race -count=1 ./...", "PRV-064"),
  line("go test -run TestX ./pkg/...", "go test -run … ./pkg/...", "PRV-064"),
  line("npx vitest run src/a.test.ts", "npx vitest run src/a.test.ts", "PRV-062"),
  line("python -m pytest -x tests/unit", "python -m pytest -x tests/unit", "PRV-064"),
  line("python3 -c 'print(1)'", "python3 -c …", "PRV-064"),
  line("mysql -u root -pvalue db", "mysql -u … -p… …", "PRV-064"),
  line("tool --name=value --other value", "tool --name=… --other …", "PRV-064"),
  line("tool -rf x", "tool -rf …", "PRV-062"),
  line("/usr/local/bin/eslint . --fix", "eslint . --fix", "PRV-062"),
  line("bash -lc 'npm test'", "bash -lc …", "PRV-063"),
  line("head -20 src/x.ts", "head -20 src/x.ts", "PRV-062"),
  line("make -C rust/x test", "make -C rust/x test", "PRV-064"),
  line("uv run pytest -n 4 tests/unit/test_a.py", "uv run pytest -n 4 tests/unit/test_a.py", "PRV-062"),
  line("npm test … …", "npm test …", "PRV-065"),
  line(`tool ${"--flag-of-some-length ".repeat(30)}`, `tool ${"--flag-of-some-length ".repeat(22)}…`, "PRV-065"),
  line(`tool ${"-a ".repeat(40)}`, `tool ${"-a ".repeat(30)}…`, "PRV-065"),
  {
    name: "words of a vector are not split",
    proves: ["PRV-060"],
    argv: ["npm", "run", "test", "a b; c"],
    text: "npm run test …",
  },
  { name: "an operator in a vector is a word", proves: ["PRV-060"], argv: ["find", ".", ";"], text: "find …" },
  { name: "an empty vector has no shape", proves: ["PRV-060"], argv: [], text: "…" },
];
