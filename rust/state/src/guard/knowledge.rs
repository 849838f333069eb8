//! The rule pack that both languages carry (baton.guard.v1.RulePack), checked against its hash before it is believed, and
//! compiled into the tables that judging reads: made once, at the first judgement.

use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::alphabet::Alphabet;
use super::command::Commands;
use super::note::TurnRules;
use super::opaque::Opaque;
use super::secrets::SecretRules;
use crate::r#gen::rule_pack::{RULE_PACK, RULE_PACK_SHA256};
use crate::proto::guard::v1::{KnownRule, RulePack};

/// Everything that judging knows.
pub struct Knowledge {
    pub(super) alphabet: Alphabet,
    pub(super) turns: TurnRules,
    pub(super) secrets: SecretRules,
    pub(super) opaque: Opaque,
    pub(super) commands: Commands,
    pub(super) known: KnownRule,
}

/// Decodes a pack; `None` where the bytes do not have the hash (PRV-056).
fn decode_rule_pack(bytes: &[u8], sha256: &[u8; 32]) -> Option<RulePack> {
    if Sha256::digest(bytes).as_slice() != sha256 {
        return None;
    }
    serde_json::from_slice(bytes).ok()
}

/// What this program knows; `None` where its rule pack is damaged, and then nothing may be stored (PRV-056).
#[must_use]
pub fn knowledge() -> Option<&'static Knowledge> {
    static KNOWN: OnceLock<Option<Knowledge>> = OnceLock::new();
    let known = KNOWN
        .get_or_init(|| decode_rule_pack(RULE_PACK, &RULE_PACK_SHA256).map(Knowledge::compile));
    known.as_ref()
}

impl Knowledge {
    fn compile(pack: RulePack) -> Self {
        Self {
            secrets: SecretRules::compile(&pack),
            alphabet: Alphabet::compile(&pack.alphabet.unwrap_or_default()),
            turns: TurnRules::compile(&pack.turn_marks, &pack.roles),
            opaque: Opaque::compile(pack.opaque.unwrap_or_default()),
            commands: Commands::compile(pack.commands.unwrap_or_default()),
            known: pack.known.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pack_whose_bytes_do_not_have_the_hash_is_not_believed() {
        assert!(decode_rule_pack(RULE_PACK, &RULE_PACK_SHA256).is_some());
        let mut damaged = RULE_PACK.to_vec();
        damaged[100] ^= 1;
        assert!(decode_rule_pack(&damaged, &RULE_PACK_SHA256).is_none());
    }
}
