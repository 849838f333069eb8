/** A process that claims what it is told on stdin, one "FOLDER ACTION NOW LEASE" per line, and prints how it went. */
import { createInterface } from "node:readline";
import { claimAction } from "../../src/claim/claim.js";
import { BatonError } from "../../src/record/error.js";

const claimer = process.argv[2] ?? "";
for await (const line of createInterface({ input: process.stdin })) {
  const [folder = "", action = "", now, lease] = line.split(" ");
  try {
    const { generation } = claimAction({ folder, action, claimer, now: Number(now), lease: Number(lease) });
    console.log(`won ${generation}`);
  } catch (error) {
    console.log(error instanceof BatonError ? `${error.code} ${error.place}` : `failed ${error}`);
  }
}
