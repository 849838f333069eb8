/** What happens to the processes of a soak and to their state directory at random moments. */
import { appendFileSync, existsSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { scanSegment } from "../../ts/src/segment/scanned.js";
import type { Draw } from "../draw.js";
import { type Clocks, endOf, kill, type Member, type Ship, start, startWriter, stopFor } from "./crew.js";
import { programs } from "./found.js";

/** How often each thing was done. */
export const counts = {
  kills: 0,
  stops: 0,
  ends: 0,
  tails: 0,
  gcs: 0,
  gcsKilled: 0,
  rebuilds: 0,
  rebuildsKilled: 0,
  crowds: 0,
  merges: 0,
  answers: 0,
  jumps: 0,
};

const tenYears = 10 * 365 * 86_400_000;
const elevenMinutes = 11 * 60_000;

/** Places of writers. */
export const writers = 8;

/** Does one random thing. What it starts may go on behind it: `settled` waits for that. */
export class Storm {
  readonly crew: Member[] = [];
  /** How the clocks of recorders may be wrong. */
  clocks: Clocks = "behind";
  readonly #starts = Array.from({ length: writers }, () => 0);
  readonly #busy = new Set<string>();
  readonly #going = new Set<Promise<void>>();

  constructor(
    private readonly ship: Ship,
    private readonly draw: Draw,
    private readonly readers: readonly Member[],
  ) {
    for (let slot = 0; slot < writers; slot++) this.#launch(slot);
  }

  /** One thing, chosen by the seed. */
  step(): void {
    const chance = this.draw(100);
    if (chance < 28) this.#withWriter((slot) => this.#kill(slot));
    else if (chance < 50) this.#withWriter((slot) => this.#stop(slot));
    else if (chance < 60) this.#withWriter((slot) => this.#end(slot));
    else if (chance < 66)
      this.#once("stop", () => stopFor(this.readers[this.draw(this.readers.length)]!, this.draw(1500)));
    else if (chance < 80) this.#once("gc", () => this.#collect());
    else if (chance < 88) this.#once("rebuild", () => this.#rebuild());
    else if (chance < 90) this.#once("crowd", () => this.#crowd());
    else this.#once("ask", () => this.#ask());
  }

  /** Waits until nothing of it goes on any more. */
  async settled(): Promise<void> {
    while (this.#going.size > 0) await Promise.all(this.#going);
  }

  #go(doing: Promise<void>): void {
    const done = doing
      .catch((error) => void this.ship.failures.push(String(error)))
      .finally(() => this.#going.delete(done));
    this.#going.add(done);
  }

  #launch(slot: number): void {
    const count = this.#starts[slot]!;
    this.#starts[slot] = count + 1;
    this.crew[slot] = startWriter(this.ship, { slot, count }, this.draw(0x1_0000) * 7919 + count + 1, this.clocks);
  }

  #withWriter(act: (slot: number) => Promise<void>): void {
    const slot = this.draw(writers);
    this.#once(`writer ${slot}`, () => act(slot));
  }

  /** Does a thing unless it is still being done: a slow machine must not drown in processes. */
  #once(what: string, act: () => Promise<void>): void {
    if (this.#busy.has(what)) return;
    this.#busy.add(what);
    this.#go(act().finally(() => this.#busy.delete(what)));
  }

  async #kill(slot: number): Promise<void> {
    const member = this.crew[slot]!;
    await kill(member);
    counts.kills++;
    if (this.draw(3) === 0) this.#spoilTail(member.segment);
    this.#launch(slot);
  }

  async #stop(slot: number): Promise<void> {
    counts.stops++;
    await stopFor(this.crew[slot]!, 50 + this.draw(2500));
  }

  async #end(slot: number): Promise<void> {
    await endOf(this.crew[slot]!);
    counts.ends++;
    this.#launch(slot);
  }

  /** What a power cut may leave behind the last write of a dead writer: zeros, half a frame, anything. */
  #spoilTail(segment: string | undefined): void {
    const path = join(this.ship.home, "segments", `${segment}.seg`);
    if (segment === undefined || !existsSync(path)) return;
    const bytes = readFileSync(path);
    const { isSealed, provenRanges } = scanSegment(`${segment}.seg`, bytes);
    if (isSealed || provenRanges.length === 0) return;
    const tails = [
      () => Buffer.alloc(1 + this.draw(4096)),
      () => Buffer.from(Array.from({ length: 1 + this.draw(200) }, () => this.draw(256))),
      () => bytes.subarray(bytes.length - 90, bytes.length - 1 - this.draw(60)),
    ];
    appendFileSync(path, tails[this.draw(tails.length)]!());
    counts.tails++;
  }

  /** Runs `baton gc` at some instant; it may be stopped or killed. */
  async #collect(): Promise<void> {
    const gc = this.#baton(["gc"], "BTN-S09");
    const fate = this.draw(6);
    if (fate === 0) await stopFor(gc, this.draw(2000));
    if (fate < 3) await Promise.race([gc.ended, pause(150 + this.draw(600))]);
    const wasKilled = fate < 3 && gc.child.exitCode === null && gc.child.kill("SIGKILL");
    await gc.ended;
    if (wasKilled) {
      counts.gcsKilled++;
      this.#ageLeases();
    } else if (gc.child.exitCode === 0) counts.gcs++;
  }

  /** A lease stands for ten minutes: what a killed process holds is made older, so that the next one need not wait. */
  #ageLeases(): void {
    const locks = join(this.ship.home, "locks");
    const past = new Date(Date.now() - elevenMinutes);
    for (const file of existsSync(locks) ? readdirSync(locks) : []) utimesSync(join(locks, file), past, past);
  }

  async #rebuild(): Promise<void> {
    const words = [programs.doctor, "rebuild", "--quiet", "--home", this.ship.home] as const;
    const doctor = start(this.ship, words, { refusal: "records are from the future" });
    if (this.draw(3) === 0) {
      await Promise.race([doctor.ended, pause(this.draw(300))]);
      if (doctor.child.exitCode === null && doctor.child.kill("SIGKILL")) counts.rebuildsKilled++;
    }
    await doctor.ended;
    if (doctor.child.exitCode === 0) counts.rebuilds++;
  }

  /** 300 recorders of a record each, after which a merge is due. */
  async #crowd(): Promise<void> {
    const slot = 100 + counts.crowds++;
    const words = [this.ship.home, `${slot}`, "0", `${slot}`, "crowd"];
    await start(this.ship, [process.execPath, this.ship.write, ...words, this.clocks]).ended;
    await this.#ask();
  }

  /** Asks for the state by some clock; `baton` merges behind its answer where that is due. */
  async #ask(): Promise<void> {
    const { home } = this.ship;
    if (this.draw(2) === 0) await start(this.ship, [programs.doctor, "status", "--json", "--home", home]).ended;
    else {
      if (readdirSync(join(home, "segments")).length > 256) counts.merges++;
      await this.#baton(["status", "--json"]).ended;
    }
    counts.answers++;
  }

  #baton(words: readonly string[], refusal?: string): Member {
    const years = [0, 0, 0, 0, -1, 1][this.draw(6)]!;
    const env = { ...this.ship.env, BATON_MERGE_MS: "5000" };
    if (years !== 0) {
      counts.jumps++;
      Object.assign(env, { BATON_NOW: String(Date.now() + years * tenYears) });
    }
    const command = [process.execPath, programs.baton, ...words, "--home", this.ship.home] as const;
    return start(this.ship, command, refusal === undefined ? { env } : { env, refusal });
  }
}
