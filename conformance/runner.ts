/**
 * Conformance runner of the TypeScript side: reads varint-length-delimited Requests on stdin and answers each, as it
 * comes, with one length-delimited Response on stdout. It calls the product's modules as they are; rust/conformance does the same.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type Request,
  RequestSchema,
  type Response,
  ResponseSchema,
} from "../ts/src/gen/baton/conformance/v1/case_pb.js";
import { BatonError } from "../ts/src/record/error.js";
import { messagesFrom, unanswered, writeMessage } from "./messages.js";
import { answerBrief } from "./runner/brief.js";
import { answerEncode } from "./runner/encode.js";
import { answerGuard } from "./runner/guard.js";
import { answerRead } from "./runner/read.js";
import { answerScan } from "./runner/scan.js";
import { answerShape } from "./runner/shape.js";
import { answerNameWorkspace } from "./runner/workspace.js";
import { answerWrite } from "./runner/write.js";

/** Answers one question. */
function answer({ question }: Request): Response {
  switch (question.case) {
    case "scan":
      return answerScan(question.value);
    case "read":
      return answerRead(question.value);
    case "write":
      return answerWrite(question.value);
    case "guard":
      return answerGuard(question.value);
    case "encode":
      return answerEncode(question.value);
    case "brief":
      return answerBrief(question.value);
    case "shape":
      return answerShape(question.value);
    case "nameWorkspace":
      return answerNameWorkspace(question.value);
    default:
      return create(ResponseSchema, { error: unanswered });
  }
}

function answerOrError(request: Request): Response {
  try {
    return answer(request);
  } catch (error) {
    if (error instanceof BatonError) return create(ResponseSchema, { error: error.code });
    throw error;
  }
}

for (const bytes of messagesFrom(0))
  writeMessage(1, toBinary(ResponseSchema, answerOrError(fromBinary(RequestSchema, bytes))));
