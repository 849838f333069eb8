/** What a process knows of itself: its secrets in every spelling, its home directory, user and host. */
import { textOf } from "./recipe.js";
import type { GuardRow, Piece } from "./row.js";

const secret: Piece = {
  alphabet: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
  length: 20,
  seed: 33,
};
const phrase: Piece = { literal: "four ordinary words here" };
const own = { home: "/home/quilla", user: "quilla", host: "tindra.example" };

/** A row in which the secret between `before` and `behind` is found as it stands. */
function knows(name: string, piece: Piece, before: string, behind: string): GuardRow {
  const end = before.length + textOf([piece]).length;
  return row(name, "PRV-111", [{ literal: before }, piece, { literal: behind }], piece, [[before.length, end]]);
}

/** A row in which a spelling of the secret is found at each of the places. */
function knowsSpelled(spelling: string, places: readonly [number, number][], before = "", behind = ""): GuardRow {
  const where = before === "" ? "" : ` behind ${before.length} bytes`;
  const name = `a secret of the environment is found in ${spelling.toLowerCase().replaceAll("_", " ")}${where}`;
  const recipe = [{ literal: before }, secret, { literal: behind }];
  return { ...row(name, "PRV-112", recipe, secret, places), spellings: [spelling] };
}

function row(
  name: string,
  proves: string,
  recipe: Piece[],
  known: Piece,
  places: readonly [number, number][],
): GuardRow {
  const findings = places.map(([start, end]) => ({ rule: "known-secret", start, end }));
  return { name, proves: [proves], class: "OPAQUE", recipe, own: { recipe: [known] }, action: "reject", findings };
}

/** A row of a note about the machine itself; the finding is on what stands between ⟦ and ⟧. */
function tells(name: string, text: string, rule: string, known: GuardRow["own"] = own): GuardRow {
  const [before = "", inside = "", behind = ""] = text.split(/[⟦⟧]/);
  const start = Buffer.byteLength(before);
  return {
    name,
    proves: ["PRV-113"],
    class: "OPAQUE",
    recipe: [{ literal: before + inside + behind }],
    ...(known ? { own: known } : {}),
    action: "reject",
    findings: [{ rule, start, end: start + Buffer.byteLength(inside) }],
  };
}

function passes(name: string, proves: string, text: string, given: GuardRow["own"] = own): GuardRow {
  const recipe = [{ literal: text }];
  return { name, proves: [proves], class: "OPAQUE", recipe, own: given, action: "allow", findings: [] };
}

/** Rows of cases/guard/own.json. */
export const ownRows: GuardRow[] = [
  knows("a secret of the environment is found anywhere", secret, "it is", "now"),
  knows("a phrase of the environment is found", phrase, "say ", "!"),
  // The digits that only the secret decides, and all that it decodes from.
  ...["BASE64", "BASE64URL"].map((spelling) =>
    knowsSpelled(spelling, [
      [0, 26],
      [0, 27],
    ]),
  ),
  knowsSpelled("HEX", [[0, 40]]),
  knowsSpelled("PERCENT", [[0, 60]]),
  knowsSpelled("UNICODE_ESCAPE", [[0, 120]]),
  // Behind a control byte nothing is decoded: the secret alone is known, in every alignment.
  knowsSpelled("BASE64", [[3, 29]], "\u0001x", "\u0002"),
  knowsSpelled("BASE64", [[4, 30]], "\u0001xy", "\u0002"),
  knowsSpelled("BASE64", [[6, 32]], "\u0001xyz", "\u0002"),
  passes("a short value says nothing", "PRV-111", "it is Ab3x9!", { recipe: [{ literal: "Ab3x9!" }] }),
  passes("a value of few bytes again and again says nothing", "PRV-111", "see 12121212 1212", {
    recipe: [{ literal: "121212121212" }],
  }),
  passes("a path in a variable says nothing", "PRV-111", "see /run/user/agent.sock", {
    recipe: [{ literal: "/run/user/agent.sock" }],
  }),
  passes("a placeholder in a variable says nothing", "PRV-111", "set changeme-please-1", {
    recipe: [{ literal: "changeme-please-1" }],
  }),
  tells("the home directory in a path", "see ⟦D:\\Home Of Quilla⟧/x.txt", "home-directory", {
    home: "D:\\Home Of Quilla",
  }),
  tells("the user in a path of users on another system", "see C:\\Users\\⟦Quilla⟧\\x", "user-name"),
  tells("the user at a host", "push as ⟦quilla⟧@build.example", "user-name"),
  tells("the host behind a user", "ssh me@⟦tindra.example⟧", "host-name"),
  passes("the home directory as a part of a longer name", "PRV-113", "see /mnt/home/quillax/x"),
  passes("the user's name as a word", "PRV-113", "quilla wrote it"),
  passes("the user's name in the identity of a repository", "PRV-113", "github.com/quilla/repo"),
  passes("a package of the user's name", "PRV-113", "quilla@1.2.0 and @quilla/x"),
  passes("the host's name as a word", "PRV-113", "https://tindra.example/x"),
  passes("a name that says nothing of anybody", "PRV-114", "ssh root@localhost", { user: "root", host: "localhost" }),
];
