//! One file of the segments folder: every frame by its fields, and every byte.

use std::iter::Peekable;
use std::vec::IntoIter;

use baton_state::r#gen::tables::{ERROR_AUDIT_BYTES, ERROR_AUDIT_FIELD, RECORD, SEGMENT_HEADER};
use baton_state::proto::segment::v1::FindingType;
use baton_state::record::schema::MessageTable;
use baton_state::record::wire::check_message;
use baton_state::segment::frame::{MAGIC, parse_frame};
use baton_state::segment::header::{FORMAT_MAJOR, prove_header};
use baton_state::segment::scan::{Cursor, scan};

use super::UNSURE;
use super::found::{Code, Finding, Found, Frame};
use super::record::{field_at, judge_texts, offset_in};
use super::windows::{Seen, look_through};

/// First field of the path of what a header says.
const HEADER: &str = "header";

/// A secret of the raw bytes: start, end, rule.
type Secret = (u64, u64, &'static str);

/// A frame, or the bytes between frames.
struct Part<'a> {
    start: u64,
    end: u64,
    frame: Frame,
    /// What it carries where that is a message of the schema, its table, and the first field of its paths.
    message: Option<(&'a [u8], &'static MessageTable, Option<&'static str>)>,
}

/// Looks at all bytes of a segment file, which may be anything. `file` is its name for people.
pub fn look_at_segment(file: &str, data: &[u8], looked: impl Fn(u64), found: &mut Found) {
    let mut secrets: Vec<Secret> = Vec::new();
    let seen = |seen| match seen {
        Seen::Secret { start, end, rule } => secrets.push((start, end, rule)),
        Seen::Unsure(at) => found.warn(file, Some(at), UNSURE),
    };
    // Bytes in memory can be read.
    let _ = look_through(data, seen, looked);
    let mut secrets = secrets.into_iter().peekable();
    found.segments.add(data.len() as u64);
    for part in parts(data) {
        look_at_part(file, data, &part, &mut secrets, found);
    }
}

/// The header, where it proves, and what the scan finds behind it. Together they are the whole file.
fn parts(data: &[u8]) -> impl Iterator<Item = Part<'_>> {
    let header = header(data);
    let behind_header = header.as_ref().map_or(0, |header| header.end);
    let rest = scan(data, Cursor::default()).map(move |finding| {
        // A finding on a damaged header starts behind the magic number.
        let is_first = finding.offset <= MAGIC.len() as u64 && behind_header == 0;
        let payload = finding.record.map(|record| record.payload);
        Part {
            start: if is_first { 0 } else { finding.offset },
            end: finding.offset + finding.length,
            frame: Frame {
                offset: finding.offset,
                part: Some(finding.ty),
                seq: finding.record.map(|record| record.seq),
            },
            message: payload.map(|payload| (payload, &RECORD, None)),
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
        message: Some((frame.frame.payload, &SEGMENT_HEADER, Some(HEADER))),
    })
}

fn look_at_part(
    file: &str,
    data: &[u8],
    part: &Part<'_>,
    secrets: &mut Peekable<IntoIter<Secret>>,
    found: &mut Found,
) {
    let finding = |at: u64, field, range, rule, table| Finding {
        file: file.to_owned(),
        at,
        field,
        range,
        rule,
        frame: Some(part.frame),
        code: Code(table),
    };
    match part.frame.part {
        None | Some(FindingType::Record | FindingType::Seal | FindingType::SealMismatch) => {
            found.frames += 1;
        }
        Some(ty) => {
            found.frames += u64::from(ty == FindingType::SkippedFrame);
            found.unjudged += part.end - part.start;
        }
    }
    // Where texts start that were refused, and by which rules.
    let mut refused: Vec<(u64, &'static str)> = Vec::new();
    if let Some((message, table, first)) = part.message {
        let mut path: Vec<&'static str> = first.into_iter().collect();
        let unknown = judge_texts(table, message, &mut path, &mut |judged| {
            found.count(judged.class, judged.text);
            let start = offset_in(data, judged.text) as u64;
            for reason in judged.findings {
                let place = reason.place.map(|(from, to)| (from as u64, to as u64));
                let at = start + place.map_or(0, |(from, _)| from);
                refused.push((at, reason.rule));
                let field = Some(judged.path.join("."));
                found.add(finding(at, field, place, reason.rule, &ERROR_AUDIT_FIELD));
            }
        });
        found.unjudged += match check_message(table, message) {
            Ok(()) => unknown,
            Err(_) => message.len() as u64,
        };
    }
    while let Some((start, end, rule)) = secrets.next_if(|(start, ..)| *start < part.end) {
        if refused.contains(&(start, rule)) {
            continue;
        }
        let place = part.message.and_then(|(message, table, first)| {
            let base = offset_in(data, message) as u64;
            let at = usize::try_from(start.checked_sub(base)?).ok()?;
            let (path, field) = field_at(table, message, at)?;
            let path = first.map_or_else(|| path.clone(), |first| format!("{first}.{path}"));
            Some((path, base + field as u64))
        });
        let (field, base) = place.map_or((None, 0), |(path, base)| (Some(path), base));
        let range = Some((start - base, end - base));
        found.add(finding(start, field, range, rule, &ERROR_AUDIT_BYTES));
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
