/** Answers `shape`. */
import { create } from "@bufbuild/protobuf";
import { type Response, ResponseSchema, type Shape } from "../../ts/src/gen/baton/conformance/v1/case_pb.js";
import { shapeCommand } from "../../ts/src/guard/shape.js";

/** The safe shape of a command line. */
export function answerShape({ argv }: Shape): Response {
  return create(ResponseSchema, { text: shapeCommand(argv) });
}
