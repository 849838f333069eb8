/** Answers `guard`. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Guard, type Own, type Response, ResponseSchema } from "../../ts/src/gen/baton/conformance/v1/case_pb.js";
import { VerdictSchema } from "../../ts/src/gen/baton/guard/v1/verdict_pb.js";
import {
  IdentShape,
  TextClass,
  type TextPolicy as TextPolicyMessage,
} from "../../ts/src/gen/baton/policy/v1/policy_pb.js";
import { judge, policyOf } from "../../ts/src/guard/judge.js";
import { knowledge } from "../../ts/src/guard/knowledge.js";
import { compileKnown, type Known } from "../../ts/src/guard/known.js";
import { encodeVerdict } from "../../ts/src/guard/verdict.js";
import type { TextPolicy } from "../../ts/src/record/schema.js";

/** The verdict on a text. */
export function answerGuard({ policy, text, own }: Guard): Response {
  const judgement = judge(tableOf(policy), text ?? new Uint8Array(), own && knownOf(own));
  const bytes = encodeVerdict(judgement);
  const verdict = fromBinary(VerdictSchema, bytes);
  if (!Buffer.from(toBinary(VerdictSchema, verdict)).equals(bytes)) throw new Error("the verdict is not canonical");
  const { output } = judgement;
  return create(ResponseSchema, { verdict, ...(output ? { output: Buffer.from(output).toString() } : {}) });
}

function knownOf({ secret, home, user, host }: Own): Known | undefined {
  const knows = knowledge();
  const list = (text: string | undefined): string[] => (text ? [text] : []);
  return (
    knows &&
    compileKnown(knows, {
      variables: list(secret).map((value) => ["SERVICE_SECRET", value] as const),
      values: [],
      homes: list(home),
      users: list(user),
      hosts: list(host),
    })
  );
}

/** The policy as the generated tables have it. */
function tableOf(policy: TextPolicyMessage | undefined): TextPolicy {
  const textClass = TextClass[policy?.class ?? TextClass.UNSPECIFIED];
  if (!policy || !isClass(textClass)) throw new Error("guard without a text class");
  const plain = policyOf(textClass);
  const shape = IdentShape[policy.shape ?? IdentShape.UNSPECIFIED];
  return {
    ...plain,
    maxBytes: policy.maxBytes ?? plain.maxBytes,
    shape: isShape(shape) ? shape : plain.shape,
    hexLengths: policy.hexLength,
    values: policy.value,
  };
}

function isClass(name: string | undefined): name is TextPolicy["class"] {
  return name !== undefined && name !== "UNSPECIFIED";
}

function isShape(name: string | undefined): name is TextPolicy["shape"] {
  return name !== undefined && name !== "UNSPECIFIED";
}
