/** The native programs on the state of a machine: the launcher records there, the doctor makes its index and a bundle. */
import { join } from "node:path";
import { nativeProgram } from "./programs.js";
import { must } from "./steps/step.js";
import type { World } from "./world.js";

/** Runs them. Throws where one did not do its work. */
export async function runNative(world: World): Promise<void> {
  const { env, proxy, variant, run, home } = world;
  const doctor = nativeProgram("opencode-proxy-doctor");
  proxy.speakAs(variant);
  Object.assign(env, { HOST: "127.0.0.1", PORT: String(proxy.port) });
  const words = ["--agent", "codex", "--no-color", "--", variant.text("prompt"), variant.marker("key")];
  const launched = await run("launcher", nativeProgram("opencode-proxy-launcher"), words, { isForeign: true });
  must(launched.status === 7 && launched.stdout.includes("the store opens first"), "launcher", launched);
  must(launched.stdout.includes(variant.text("answer")), "launcher", launched);
  for (const args of [["rebuild"], ["check", "--bundle", join(home, "bundle.json")], ["status", "--json"]]) {
    const ended = await run(`doctor-${args[0]}`, doctor, args);
    must(ended.status === 0 || args[0] === "check", `doctor ${args[0]}`, ended);
  }
}
