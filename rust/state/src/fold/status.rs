//! The bytes of baton.state.v1.Status: raw payloads in the lists that their kinds name, nothing encoded again.

use std::collections::BTreeMap;

use prost::Message;

use super::Winner;
use super::state::State;
use crate::r#gen::tables::STATUS;
use crate::proto::state::v1::{Health, MachineState, ModelUsage, WorkspaceState};
use crate::record::schema::MessageTable;
use crate::record::wire::push_length_delimited;

/// Encodes the state (FLD-050 … FLD-053): workspaces in byte order of their names, each list in byte order of the keys,
/// then usage and health of the machine. `health` is what the reader of the folder found; what the fold left out is
/// added to it.
#[must_use]
pub fn status_of(state: &State<'_, '_>, health: Health, usage: Vec<ModelUsage>) -> Vec<u8> {
    let mut workspaces: BTreeMap<&[u8], Vec<&Winner<'_>>> = BTreeMap::new();
    let mut of_machine = Vec::new();
    for (_, winner) in &state.winners {
        match winner.workspace {
            Some(workspace) => workspaces.entry(workspace).or_default().push(winner),
            None => of_machine.push(*winner),
        }
    }
    let mut status = Vec::new();
    for (workspace, winners) in workspaces {
        let head = WorkspaceState {
            workspace: Some(String::from_utf8_lossy(workspace).into_owned()),
            ..Default::default()
        };
        let mut bytes = head.encode_to_vec();
        push_lists(&mut bytes, winners);
        push_length_delimited(&mut status, number_of(&STATUS, "workspaces"), &bytes);
    }
    let mut machine = Vec::new();
    push_lists(&mut machine, of_machine);
    let rest = MachineState {
        usage,
        health: Some(Health {
            newer_than_me: Some(state.counts.newer_than_me),
            from_future: Some(state.counts.from_future),
            malformed: Some(state.counts.malformed),
            ..health
        }),
        ..Default::default()
    };
    machine.extend(rest.encode_to_vec());
    push_length_delimited(&mut status, number_of(&STATUS, "machine"), &machine);
    status
}

fn push_lists(bytes: &mut Vec<u8>, mut winners: Vec<&Winner<'_>>) {
    // The sort is stable and the winners come in the order of their keys.
    winners.sort_by_key(|winner| winner.kind.list);
    for winner in winners {
        push_length_delimited(bytes, winner.kind.list, winner.record.payload);
    }
}

fn number_of(table: &MessageTable, name: &str) -> u32 {
    table.field_named(name).map_or(0, |field| field.number)
}
