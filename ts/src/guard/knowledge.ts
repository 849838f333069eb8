/**
 * The rule pack compiled into the tables that judging reads: made once, at the first judgement, and what few texts need at the
 * first of those.
 */
import { type Alphabet, compileAlphabet } from "./alphabet.js";
import { type Commands, compileCommands } from "./command.js";
import { compileTurns, type TurnRules } from "./note.js";
import { once } from "./once.js";
import { compileOpaque, type Opaque } from "./opaque.js";
import { carriedRulePack, type KnownRules, type RulePack } from "./pack.js";
import { compileSecrets, type SecretRules } from "./secrets.js";

/** Everything that judging knows. */
export interface Knowledge {
  readonly alphabet: Alphabet;
  readonly turns: TurnRules;
  readonly secrets: SecretRules;
  readonly opaque: Opaque;
  readonly commands: () => Commands;
  readonly known: KnownRules;
}

let known: Knowledge | undefined;

/** What this program knows; undefined where its rule pack is damaged, and then nothing may be stored (PRV-056). */
export function knowledge(): Knowledge | undefined {
  if (known) return known;
  const pack = carriedRulePack();
  if (pack) known = compile(pack);
  return known;
}

function compile(pack: RulePack): Knowledge {
  return {
    alphabet: compileAlphabet(pack.alphabet),
    turns: compileTurns(pack.turnMarks, pack.roles),
    secrets: compileSecrets(pack),
    opaque: compileOpaque(pack.opaque),
    commands: once(() => compileCommands(pack.commands)),
    known: pack.known,
  };
}
