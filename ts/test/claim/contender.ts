/** A process that claims or renews what it is told on stdin, and prints how it went. */
import { createInterface } from "node:readline";
import { claimAction, renewClaim } from "../../src/claim/claim.js";
import { BatonError } from "../../src/record/error.js";

const claimer = process.argv[2] ?? "";
for await (const line of createInterface({ input: process.stdin })) {
  const [verb, folder = "", action = "", now, lease] = line.split(" ");
  const request = { folder, action, claimer, now: Number(now), lease: Number(lease) };
  try {
    const { generation } = verb === "renew" ? renewClaim(request) : claimAction(request);
    console.log(`won ${generation}`);
  } catch (error) {
    console.log(error instanceof BatonError ? `${error.code} ${error.place}` : `failed ${error}`);
  }
}
