/** What an edit changes, as a unified diff for people: without what looks like a secret in the lines around it. */
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import { judge, policyOf } from "../guard/judge.js";

/** The diff of a file, three lines around each change. A side that is undefined is no file (/dev/null). */
export function unifiedDiff(path: string, before: string | undefined, after: string | undefined): string {
  const [from, to] = [before, after].map((side) => (side === undefined ? "/dev/null" : path));
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  const patch = createTwoFilesPatch(from ?? "", to ?? "", before ?? "", after ?? "", undefined, undefined, options);
  return patch.split("\n").map(withoutSecret).join("\n");
}

const utf8 = new TextEncoder();
const secretFree = policyOf("OPAQUE");

/** The line, or what stands for it where the guard finds a secret there: the terminal may be shared or logged. */
function withoutSecret(line: string): string {
  if (line === "") return line;
  return judge(secretFree, utf8.encode(line)).action === "allow"
    ? line
    : `${line.slice(0, 1)}(a line that holds a secret)`;
}
