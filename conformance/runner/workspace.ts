/** Answers `name_workspace`. */
import { create } from "@bufbuild/protobuf";
import { type NameWorkspace, type Response, ResponseSchema } from "../../ts/src/gen/baton/conformance/v1/case_pb.js";
import { workspaceOf } from "../../ts/src/git/workspace.js";

/** The workspace of a remote; nothing where the remote names no host. */
export function answerNameWorkspace({ url, config, key }: NameWorkspace): Response {
  const text = workspaceOf(url ?? "", { key, config });
  return create(ResponseSchema, text === undefined ? {} : { text });
}
