//! One file of the segments folder: every frame by its fields, and every byte.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::vec::IntoIter;

use baton_state::r#gen::tables::{ERROR_AUDIT_BYTES, ERROR_AUDIT_FIELD, RECORD, SEGMENT_HEADER};
use baton_state::guard::{Known, Neighbours};
use baton_state::proto::segment::v1::FindingType;
use baton_state::record::schema::{ErrorTable, MessageTable};
use baton_state::record::wire::check_message;
use baton_state::segment::frame::{MAGIC, parse_frame};
use baton_state::segment::header::{FORMAT_MAJOR, prove_header};
use baton_state::segment::scan::{Cursor, scan};

use super::UNSURE;
use super::found::{Code, Finding, Found, Frame};
use super::record::{Leaf, take_apart};
use super::windows::{Seen, look_through};

/// First field of the path of what a header says.
const HEADER: &str = "header";

/// Rule of texts of one record that make a secret together (PRV-120).
const SPLIT: &str = "split";

/// A secret by its form alone: start, end, rule.
type Secret = (u64, u64, &'static str);

/// A frame, or the bytes between frames.
struct Part<'a> {
    start: u64,
    end: u64,
    frame: Frame,
    message: Option<Message<'a>>,
}

/// What a frame carries, where that is a message of the schema.
struct Message<'a> {
    bytes: &'a [u8],
    table: &'static MessageTable,
    /// Path of the message.
    path: Vec<&'static str>,
}

/// Looks at all bytes of a segment file, which may be anything. `file` is its name for people, `known` what only this process
/// knows.
pub fn look_at_segment(
    file: &str,
    data: &[u8],
    known: Option<&Known>,
    looked: impl Fn(u64),
    found: &mut Found,
) {
    let mut secrets: Vec<Secret> = Vec::new();
    let seen = |seen| match seen {
        Seen::Secret { start, end, rule } => secrets.push((start, end, rule)),
        Seen::Unsure(at) => found.warn(file, Some(at), UNSURE),
    };
    // Bytes in memory can be read.
    let _ = look_through(data, known, seen, looked);
    let mut secrets = secrets.into_iter().peekable();
    found.segments.add(data.len() as u64);
    for part in parts(data) {
        count(&part, found);
        let mut look = Look {
            file,
            data,
            known,
            frame: part.frame,
            secrets: &mut secrets,
            found,
        };
        if let Some(message) = part.message {
            look.at_message(message);
        }
        look.at_bytes(part.end);
    }
}

/// The header, where it proves, and what the scan finds behind it. Together they are the whole file.
fn parts(data: &[u8]) -> impl Iterator<Item = Part<'_>> {
    let header = header(data);
    let has_header = header.is_some();
    let rest = scan(data, Cursor::default()).map(move |finding| {
        // What is found on a header that does not prove starts behind the magic number.
        let is_first = !has_header && finding.offset <= MAGIC.len() as u64;
        Part {
            start: if is_first { 0 } else { finding.offset },
            end: finding.offset + finding.length,
            frame: Frame {
                offset: finding.offset,
                part: Some(finding.ty),
                seq: finding.record.map(|record| record.seq),
            },
            message: finding.record.map(|record| Message {
                bytes: record.payload,
                table: &RECORD,
                path: Vec::new(),
            }),
        }
    });
    header.into_iter().chain(rest)
}

fn header(data: &[u8]) -> Option<Part<'_>> {
    let frame = parse_frame(data.strip_prefix(&MAGIC)?)?;
    prove_header(&frame).filter(|header| header.major == FORMAT_MAJOR)?;
    Some(Part {
        start: 0,
        end: (MAGIC.len() + frame.length) as u64,
        frame: Frame {
            offset: MAGIC.len() as u64,
            part: None,
            seq: None,
        },
        message: Some(Message {
            bytes: frame.frame.payload,
            table: &SEGMENT_HEADER,
            path: vec![HEADER],
        }),
    })
}

fn count(part: &Part<'_>, found: &mut Found) {
    let is_frame = match part.frame.part {
        None | Some(FindingType::Record | FindingType::Seal | FindingType::SealMismatch) => true,
        Some(ty) => {
            found.unjudged += part.end - part.start;
            ty == FindingType::SkippedFrame
        }
    };
    found.frames += u64::from(is_frame);
}

/// A look at one part of a file.
struct Look<'a> {
    file: &'a str,
    data: &'a [u8],
    known: Option<&'a Known>,
    frame: Frame,
    /// The secrets of the file that no part has had yet, in order.
    secrets: &'a mut Peekable<IntoIter<Secret>>,
    found: &'a mut Found,
}

impl Look<'_> {
    fn at_message(&mut self, message: Message<'_>) {
        let (bytes, table, mut path) = (message.bytes, message.table, message.path);
        let mut unknown = 0;
        let mut neighbours = Neighbours::default();
        take_apart(table, bytes, self.known, &mut path, &mut |leaf| {
            match &leaf.judged {
                Some((policy, _)) => neighbours.add(policy, leaf.bytes),
                None => unknown += leaf.bytes.len() as u64,
            }
            self.at_leaf(&leaf);
        });
        if neighbours.is_split_secret(self.known) {
            self.add(self.frame.offset, None, None, SPLIT, &ERROR_AUDIT_FIELD);
        }
        self.found.unjudged += match check_message(table, bytes) {
            Ok(()) => unknown,
            Err(_) => bytes.len() as u64,
        };
    }

    fn at_leaf(&mut self, leaf: &Leaf<'_>) {
        let start = (leaf.bytes.as_ptr().addr() - self.data.as_ptr().addr()) as u64;
        self.at_bytes(start);
        let mut refused = BTreeSet::new();
        if let Some((policy, findings)) = &leaf.judged {
            self.found.count(policy.class, leaf.bytes);
            for finding in findings {
                let range = finding.place.map(|(from, to)| (from as u64, to as u64));
                let at = start + range.map_or(0, |(from, _)| from);
                refused.insert((at, finding.rule));
                let field = Some(leaf.name());
                self.add(at, field, range, finding.rule, &ERROR_AUDIT_FIELD);
            }
        }
        let end = start + leaf.bytes.len() as u64;
        while let Some((from, to, rule)) = self.secrets.next_if(|(from, ..)| *from < end) {
            if !refused.contains(&(from, rule)) {
                let (field, range) = (Some(leaf.name()), Some((from - start, to - start)));
                self.add(from, field, range, rule, &ERROR_AUDIT_BYTES);
            }
        }
    }

    /// What is left before an offset belongs to no field.
    fn at_bytes(&mut self, end: u64) {
        while let Some((from, to, rule)) = self.secrets.next_if(|(from, ..)| *from < end) {
            self.add(from, None, Some((from, to)), rule, &ERROR_AUDIT_BYTES);
        }
    }

    fn add(
        &mut self,
        at: u64,
        field: Option<String>,
        range: Option<(u64, u64)>,
        rule: &'static str,
        table: &'static ErrorTable,
    ) {
        self.found.add(Finding {
            file: self.file.to_owned(),
            at,
            field,
            range,
            rule,
            frame: Some(self.frame),
            code: Code(table),
        });
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_parts_of_any_file_are_the_whole_file_in_order() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
        let mut files = 0;
        for folder in ["golden", "hostile"] {
            for entry in fs::read_dir(fixtures.join(folder)).unwrap().flatten() {
                let data = fs::read(entry.path()).unwrap();
                let mut at = 0;
                for part in parts(&data) {
                    assert_eq!(part.start, at, "{:?}", entry.file_name());
                    at = part.end;
                }
                assert_eq!(at, data.len() as u64, "{:?}", entry.file_name());
                files += 1;
            }
        }
        assert!(files > 50, "{files}");
    }
}
