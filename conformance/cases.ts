/** Reading and making of the case files conformance/cases/**.json (proto3 JSON of baton.conformance.v1.CaseFile). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clone, create, fromJsonString, type MessageInitShape, toJsonString } from "@bufbuild/protobuf";
import {
  type Case,
  CaseFileSchema,
  type CaseSchema,
  type Piece,
  type Request,
  RequestSchema,
} from "../ts/src/gen/baton/conformance/v1/case_pb.js";
import { drawFrom } from "./draw.js";
import { spelled } from "./spelling.js";

/** Folder of the case files. */
const casesFolder = "conformance/cases";

/** A case as code makes it. */
export type CaseInit = MessageInitShape<typeof CaseSchema>;

/** A file of cases that code makes: its path in the repository, and its bytes. */
export function caseFile(name: string, cases: readonly CaseInit[]): [string, Uint8Array] {
  const text = toJsonString(CaseFileSchema, create(CaseFileSchema, { cases: [...cases] }), { prettySpaces: 1 });
  return [`${casesFolder}/${name}.json`, new TextEncoder().encode(`${text}\n`)];
}

/** A case and where it stands. */
export interface PlacedCase {
  /** Path of its file, below conformance/cases. */
  file: string;
  /** File and name: how expected failures and test reports call it. */
  id: string;
  case: Case;
}

/** Every case, in the byte order of the files. */
export function loadCases(): PlacedCase[] {
  return readdirSync(casesFolder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".json"))
    .sort()
    .flatMap((file) =>
      fromJsonString(CaseFileSchema, readFileSync(join(casesFolder, file), "utf8")).cases.map((each) => ({
        file,
        id: `${file}: ${each.name}`,
        case: each,
      })),
    );
}

/** The request as a runner gets it: files read, recipes followed. */
export function requestOf(placed: PlacedCase): Request {
  if (!placed.case.request) throw new Error(`${placed.id}: asks nothing`);
  const request = clone(RequestSchema, placed.case.request);
  const { question } = request;
  if (question.case === "scan" && question.value.file !== undefined)
    question.value.data = readFileSync(join("fixtures", question.value.file));
  if (question.case === "read")
    for (const file of question.value.files)
      if (file.file !== undefined) file.data = readFileSync(join("fixtures", file.file));
  if (question.case === "guard") {
    const { recipe, spellings, own } = question.value;
    question.value.text ??= spellings.reduce<Uint8Array>(
      (text, spelling) => spelled(spelling, text),
      Buffer.concat(recipe.map(bytesOf)),
    );
    if (own) own.secret ??= Buffer.concat(own.recipe.map(bytesOf)).toString();
  }
  return request;
}

/** Names of the files below fixtures/ that a case takes. */
export function filesOf({ case: { request } }: PlacedCase): string[] {
  const question = request?.question;
  if (question?.case === "scan") return question.value.file === undefined ? [] : [question.value.file];
  if (question?.case === "read") return question.value.files.flatMap(({ file }) => (file === undefined ? [] : [file]));
  return [];
}

/** Bytes of one piece of a recipe, as baton.conformance.v1.Piece tells. */
function bytesOf({ literal, alphabet, length, seed }: Piece): Uint8Array {
  if (literal !== undefined) return Buffer.from(literal);
  const characters = [...(alphabet ?? "")];
  const draw = drawFrom(seed ?? 0);
  return Buffer.from(Array.from({ length: length ?? 0 }, () => characters[draw(characters.length)]).join(""));
}
