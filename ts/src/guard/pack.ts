/** The rule pack that both languages carry (baton.guard.v1.RulePack), checked against its hash before it is believed. */
import { createHash } from "node:crypto";
import { rulePackBase64, rulePackSha256 } from "../gen/rule-pack.js";
import type { AlphabetRules } from "./alphabet.js";

/** A literal, or a run of bytes of one set. */
export interface Part {
  readonly literal?: string;
  readonly set?: string;
  readonly min?: number;
  readonly max?: number;
}

/** A secret that is known by its form. */
export interface TokenRule {
  readonly id: string;
  readonly literals: readonly string[];
  readonly parts: readonly Part[];
  readonly lead?: Part;
  readonly wordStart?: boolean;
  readonly mixed?: boolean;
}

/** A secret that is known by a vendor's name before it and by its form. */
export interface NamedRule {
  readonly id: string;
  readonly names: readonly string[];
  readonly parts: readonly Part[];
  readonly mixed?: boolean;
}

/** Text that looks random. */
export interface OpaqueRules {
  readonly minBytes: number;
  readonly prefixes: readonly string[];
  readonly minChanges: number;
  readonly minEntropy: number;
  readonly weights: readonly number[];
}

/** What only the process itself knows. */
export interface KnownRules {
  readonly names: readonly string[];
  readonly exceptions: readonly string[];
  readonly common: readonly string[];
}

/** A secret that is known by the name before it. */
export interface AssignmentRule {
  readonly keywords: readonly string[];
  readonly spaced: readonly string[];
  readonly operators: readonly string[];
  readonly schemes: readonly string[];
  readonly quotes: string;
  readonly stops: string;
  readonly trailing: string;
  readonly minBytes: number;
  readonly pairs?: readonly string[];
}

/** What stands where a secret would and is none. */
export interface PlaceholderRules {
  readonly values: readonly string[];
  readonly openings: readonly string[];
  readonly parts: readonly string[];
}

/** What must hold for a value of a command: the numbers of baton.guard.v1.Proof. */
export const proofs = { NONE: 0, NUMBER: 1, WORD: 2, PATH: 3, PROGRAM: 4 } as const;

/** What is known of a program. */
export interface ProgramRules {
  readonly names: readonly string[];
  readonly subcommands?: readonly { readonly names: readonly string[]; readonly operands?: number }[];
  readonly operands?: number;
  readonly switches?: readonly string[];
  readonly options?: readonly { readonly names: readonly string[]; readonly value: number }[];
  readonly singleDash?: boolean;
}

/** What proves the words of a command safe. */
export interface CommandRules {
  readonly programs: readonly ProgramRules[];
  readonly words: readonly string[];
  readonly extensions: readonly string[];
  readonly clusters: readonly string[];
  readonly switches: readonly string[];
}

/** The rule pack, decoded. */
export interface RulePack {
  readonly version: number;
  readonly tokens: readonly TokenRule[];
  /** Absent where the pack has none. */
  readonly named?: readonly NamedRule[];
  readonly opaque: OpaqueRules;
  readonly known: KnownRules;
  readonly assignment: AssignmentRule;
  readonly userinfo: { readonly users: readonly string[] };
  readonly placeholders: PlaceholderRules;
  readonly alphabet: AlphabetRules;
  readonly roles: readonly string[];
  readonly turnMarks: readonly string[];
  readonly commands: CommandRules;
}

/** Reads a pack in JSON; undefined where the bytes do not have the hash (PRV-056). */
export function readRulePack(json: Buffer, sha256: string): RulePack | undefined {
  if (createHash("sha256").update(json).digest("hex") !== sha256) return undefined;
  return JSON.parse(json.toString()) as RulePack;
}

/** The pack that this program carries; undefined where it is damaged. */
export function carriedRulePack(): RulePack | undefined {
  return readRulePack(Buffer.from(rulePackBase64, "base64"), rulePackSha256);
}
