/** Loads the schema through buf, for everything that looks at it outside the generator plugin. */
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { modelOf, type SchemaModel } from "./model.js";

const packages = "node_modules/@bufbuild";
/** The program itself, of which npm installs the package of this platform alone; in .bin a second Node would start it. */
export const buf = `${packages}/${readdirSync(packages).find((name) => name.startsWith("buf-"))}/bin/buf`;

/** Reads the schema under `proto`, comments included. Throws where it does not compile. */
export function loadSchema(proto: string): SchemaModel {
  const image = execFileSync(buf, ["build", proto, "-o", "-#format=bin"], { maxBuffer: 64 * 1024 * 1024 });
  return modelOf([...createFileRegistry(fromBinary(FileDescriptorSetSchema, image)).files]);
}

/** Writes the descriptors of the schema under `proto`, without comments, to the file `image`. */
export function writeImage(proto: string, image: string): void {
  execFileSync(buf, ["build", proto, "--exclude-source-info", "-o", image]);
}

/** Runs a judging command of buf and gives what it prints, as one problem per line. */
export function askBuf(...args: string[]): string[] {
  const { status, stdout, stderr, error } = spawnSync(buf, args, { encoding: "utf8" });
  if (error) throw error;
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
  if (status === 0) return [];
  return lines.length > 0 ? lines : [`buf ${args[0]} failed with status ${status}`];
}
