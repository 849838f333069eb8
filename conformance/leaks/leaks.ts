/** What of a variant's private text is on a machine where it must not be. */
import { part } from "./channels.js";
import { searchFor } from "./search.js";
import type { World } from "./world.js";

/** Where something private is kept or printed, a line each: channel, form and place; and what was written where nothing may. */
export function leaksIn(world: World): string[] {
  const search = searchFor(world.variant.planted, part);
  const found = (place: string, bytes: Uint8Array): string[] =>
    search(bytes).map(({ channel, form }) => `${channel}, ${form}, in ${place}`);
  const written = [...world.written()].flatMap(([path, bytes]) => [
    ...found(`the name ${path}`, Buffer.from(path)),
    ...found(path, bytes),
  ]);
  const printed = [...world.printed].flatMap(([step, text]) => found(`what ${step} prints`, Buffer.from(text)));
  return [...written, ...printed, ...world.elsewhere().map((path) => `written elsewhere: ${path}`)];
}

/** The channels of a variant whose text no program was given. */
export function unusedIn({ variant, given }: World): string[] {
  return variant.planted.flatMap(({ channel, marker }) => (given().includes(marker) ? [] : [channel]));
}
