//! What the index says of itself: which program made it, from what, and how many entries it must have.

use super::entry::Tally;

/// Version of the index. Another one is not read but built again.
pub const VERSION: u32 = 1;

/// The one entry of the sheet table. Not a proto of the schema: nothing but this crate reads it, and an index of
/// another version or schema is thrown away.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Sheet {
    /// [`VERSION`].
    #[prost(uint32, tag = "1")]
    pub version: u32,
    /// First bytes of the hash of the schema that the fold was made under.
    #[prost(bytes = "vec", tag = "2")]
    pub schema: Vec<u8>,
    /// Latest stamp or `observed_at` of the records that were folded, in milliseconds since 1970. Where it is more than
    /// a day ahead of now, the fold holds records from the future and answers for nobody.
    #[prost(int64, tag = "3")]
    pub latest_ms: i64,
    /// Tally of the cursors.
    #[prost(message, required, tag = "4")]
    pub cursors: Tally,
    /// Tallies of the groups of winners, in byte order of their names.
    #[prost(message, repeated, tag = "5")]
    pub groups: Vec<Group>,
}

/// A group of winners: the machine's, or those of one workspace.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Group {
    /// What all keys of the group start with.
    #[prost(bytes = "vec", tag = "1")]
    pub prefix: Vec<u8>,
    /// Tally of its entries.
    #[prost(message, required, tag = "2")]
    pub tally: Tally,
}

impl Sheet {
    /// Tally of a group; an empty one where the index has no such group.
    pub fn tally(&self, prefix: &[u8]) -> Tally {
        self.groups
            .binary_search_by(|group| group.prefix.as_slice().cmp(prefix))
            .ok()
            .and_then(|at| self.groups.get(at))
            .map_or_else(Tally::default, |group| group.tally)
    }

    /// The same, to be changed; made where there is none.
    pub fn tally_mut(&mut self, prefix: &[u8]) -> &mut Tally {
        let at = match self
            .groups
            .binary_search_by(|group| group.prefix.as_slice().cmp(prefix))
        {
            Ok(at) => at,
            Err(at) => {
                self.groups.insert(
                    at,
                    Group {
                        prefix: prefix.to_vec(),
                        tally: Tally::default(),
                    },
                );
                at
            }
        };
        &mut self.groups[at].tally
    }
}

/// What all keys of the winners of a workspace start with; of the machine's where there is none.
///
/// The name's length stands before it, so no group's prefix starts another's.
pub fn group_prefix(workspace: Option<&[u8]>) -> Vec<u8> {
    let Some(name) = workspace else {
        return vec![0];
    };
    let mut prefix = vec![1];
    prefix.extend_from_slice(&(name.len() as u32).to_be_bytes());
    prefix.extend_from_slice(name);
    prefix
}

/// The prefix of the group that a winner's key belongs to; nothing where it is not the key of a winner.
pub fn group_of(key: &[u8]) -> Option<&[u8]> {
    match key.split_first()? {
        (0, _) => key.get(..1),
        (1, rest) => {
            let length = u32::from_be_bytes(*rest.first_chunk::<4>()?) as usize;
            key.get(..length.checked_add(5)?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_of_a_key_is_the_prefix_that_it_was_made_with() {
        let names: [&[u8]; 4] = [b"", b"a", b"a\0b", b"github.com/a/b"];
        for workspace in names.into_iter().map(Some).chain([None]) {
            let prefix = group_prefix(workspace);
            let key = [prefix.as_slice(), &[0, 0, 0, 16, 1, 2]].concat();
            assert_eq!(group_of(&key), Some(prefix.as_slice()), "{workspace:?}");
        }
        assert_eq!(group_of(&[]), None);
        assert_eq!(group_of(&[2, 0]), None);
        assert_eq!(group_of(&[1, 255, 255, 255, 255, 0]), None);
    }
}
