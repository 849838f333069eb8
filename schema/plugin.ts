/** protoc-gen-baton: emits the policy tables for both languages and the reference pages. Run by buf (`buf.gen.yaml`). */
import { createHash } from "node:crypto";
import { clone, type DescFile, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { createEcmaScriptPlugin, type GeneratedFile, runNodeJs } from "@bufbuild/protoplugin";
import { problemsOf } from "./conventions.js";
import { emitCodes, emitRecords } from "./emit-docs.js";
import { emitInits } from "./emit-inits.js";
import { emitRust } from "./emit-rust.js";
import { emitTypeScript } from "./emit-typescript.js";
import { modelOf } from "./model.js";

const plugin = createEcmaScriptPlugin({
  name: "protoc-gen-baton",
  version: "v1",
  generateTs(schema) {
    const model = modelOf(schema.allFiles);
    const problems = problemsOf(model);
    if (problems.length > 0) throw new Error(`schema conventions:\n${problems.join("\n")}`);
    const fingerprint = fingerprintOf(model.files);
    print(schema.generateFile("ts/src/gen/tables.ts"), emitTypeScript(model, fingerprint));
    print(schema.generateFile("ts/src/gen/inits.ts"), emitInits(model));
    print(schema.generateFile("rust/state/src/gen/tables.rs"), emitRust(model, fingerprint));
    print(schema.generateFile("docs/records.md"), emitRecords(model));
    print(schema.generateFile("docs/codes.md"), emitCodes(model));
  },
});

function print(file: GeneratedFile, text: string): void {
  for (const line of text.replace(/\n$/, "").split("\n")) file.print(line);
}

/** First 8 bytes of the SHA-256 over the descriptors of all files in byte order of their names, without comments. */
function fingerprintOf(files: readonly DescFile[]): string {
  const hash = createHash("sha256");
  for (const file of files) {
    const proto = clone(FileDescriptorProtoSchema, file.proto);
    delete proto.sourceCodeInfo;
    hash.update(toBinary(FileDescriptorProtoSchema, proto));
  }
  return hash.digest("hex").slice(0, 16);
}

runNodeJs(plugin);
