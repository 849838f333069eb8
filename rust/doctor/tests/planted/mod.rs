//! Secrets planted into a state directory by a writer without a guard, each with the place where an audit must find it.
#![allow(dead_code)]

use std::fs;

use baton_state::r#gen::tables::{KINDS, RECORD, SEGMENT_HEADER};
use baton_state::proto::segment::v1::Header;
use baton_state::record::schema::MessageTable;
use baton_state::record::varint::push_varint;
use baton_state::record::wire::push_length_delimited;
use baton_state::segment::frame::{MAGIC, Size, read_size};
use prost::Message as _;

use crate::build::{Segment, header, segment, with_header};
use crate::home::{HERE, Home, NOW, note};
use crate::secrets::Token;

/// A secret and its place.
pub struct Planted {
    pub token: Token,
    pub file: String,
    /// Offset of the frame or range.
    pub frame: Option<usize>,
    pub seq: Option<u64>,
    pub field: Option<String>,
    /// Offset of the secret in the field, else in the file.
    pub start: usize,
}

/// What stands before each secret, so that offsets count.
const BEFORE: &str = "was ";

/// A place in a record: the name of its field, and the numbers that lead there.
#[derive(Clone)]
struct Path {
    name: String,
    numbers: Vec<u32>,
}

/// All texts of all kinds and of the envelope.
fn text_fields() -> Vec<Path> {
    let envelope = RECORD.fields.iter().filter(|field| field.text.is_some());
    let envelope = envelope.map(|field| Path {
        name: field.name.to_owned(),
        numbers: vec![field.number],
    });
    let of_kinds = KINDS.iter().flat_map(|kind| {
        let texts = kind.message.fields.iter();
        let texts = texts.filter(|field| field.text.is_some());
        texts.map(move |field| Path {
            name: format!("{}.{}", kind.name, field.name),
            numbers: vec![kind.number, field.number],
        })
    });
    envelope.chain(of_kinds).collect()
}

fn unknown(numbers: &[u32]) -> Path {
    let mut table: Option<&MessageTable> = Some(&RECORD);
    let names = numbers.iter().map(|number| {
        let known =
            table.and_then(|table| table.fields.iter().find(|known| known.number == *number));
        table = known.and_then(|known| known.message);
        known.map_or_else(|| number.to_string(), |known| known.name.to_owned())
    });
    Path {
        name: names.collect::<Vec<_>>().join("."),
        numbers: numbers.to_vec(),
    }
}

/// A message that holds one text, as deep as the path says, beside a workspace.
fn payload(path: &Path, text: &[u8]) -> Vec<u8> {
    let mut value = text.to_vec();
    for number in path.numbers.iter().rev() {
        let mut outer = Vec::new();
        push_length_delimited(&mut outer, *number, &value);
        value = outer;
    }
    let mut whole = Vec::new();
    if path.numbers != [3] {
        push_length_delimited(&mut whole, 3, HERE.as_bytes());
    }
    whole.extend(value);
    whole
}

fn kind_of(path: &Path) -> u32 {
    match path.numbers.as_slice() {
        [kind, _, ..] => *kind,
        [number] if *number >= 70 => *number,
        _ => 19,
    }
}

fn sound(seq: u64) -> Vec<u8> {
    note(NOW, HERE, seq, "All is well here").encode_to_vec()
}

fn text_of(token: &Token) -> Vec<u8> {
    [BEFORE.as_bytes(), token.text.as_bytes()].concat()
}

fn offset_of(bytes: &[u8], text: &str) -> usize {
    let mut found = bytes.windows(text.len());
    found.position(|window| window == text.as_bytes()).unwrap()
}

/// What plants: a home, tokens, and how many files there are.
struct Planter<'a> {
    home: &'a Home,
    tokens: Vec<Token>,
    files: u8,
    planted: Vec<Planted>,
}

impl Planter<'_> {
    fn token(&mut self) -> Token {
        self.tokens.pop().unwrap()
    }

    fn next_segment(&mut self) -> Segment {
        self.files += 1;
        segment(self.files, self.files)
    }

    fn write(&mut self, segment: &Segment) -> String {
        let file = format!("segments/{}.seg", baton_state::segment::hex(&segment.id));
        self.home.write(&file, &segment.bytes);
        file
    }

    fn add(
        &mut self,
        token: Token,
        file: &str,
        frame: Option<usize>,
        seq: Option<u64>,
        field: Option<&str>,
        start: usize,
    ) {
        self.planted.push(Planted {
            token,
            file: file.to_owned(),
            frame,
            seq,
            field: field.map(str::to_owned),
            start,
        });
    }

    /// Fields of records, ten to a segment, with a sound record between two.
    fn fields(&mut self, paths: &[Path]) {
        for paths in paths.chunks(10) {
            let mut segment = self.next_segment();
            let mut places = Vec::new();
            for path in paths {
                let token = self.token();
                let frame = segment.bytes.len();
                segment = segment.record(kind_of(path), &payload(path, &text_of(&token)));
                places.push((token, path, frame, segment.seq));
                let seq = segment.seq + 1;
                segment = segment.record(19, &sound(seq));
            }
            let file = self.write(&segment.seal());
            for (token, path, frame, seq) in places {
                self.add(
                    token,
                    &file,
                    Some(frame),
                    Some(seq),
                    Some(&path.name),
                    BEFORE.len(),
                );
            }
        }
    }

    /// Fields of headers, known and not.
    fn headers(&mut self) {
        for (name, number) in [("writer_name", 7), ("writer_version", 8), ("40", 40)] {
            let token = self.token();
            self.files += 1;
            let sound = header(self.files, self.files);
            let id = [self.files; 16];
            let mut message = sound.encode_to_vec();
            if number == 7 {
                message = Header {
                    writer_name: None,
                    ..sound
                }
                .encode_to_vec();
            }
            push_length_delimited(&mut message, number, &text_of(&token));
            assert!(SEGMENT_HEADER.field_named("writer_name").is_some());
            let mut bytes = MAGIC.to_vec();
            let frame = baton_state::segment::frame::Frame {
                ty: 1,
                kind: 0,
                seq: 0,
                origin: None,
                payload: &message,
            };
            let crc = baton_state::segment::frame::SegmentCrc::new(&id);
            baton_state::segment::frame::push_frame(&mut bytes, crc, &frame);
            let segment = Segment {
                bytes,
                id,
                first_seq: 1,
                seq: 0,
                frames: 2,
            };
            let file = self.write(&segment.record(19, &self::sound(1)).seal());
            self.add(
                token,
                &file,
                Some(MAGIC.len()),
                None,
                Some(&format!("header.{name}")),
                BEFORE.len(),
            );
        }
    }

    /// Bytes of a segment that are no field: what comes behind a sound record, by how it is put there.
    fn ranges(&mut self, put: impl Fn(Segment, &[u8]) -> (Segment, usize, Option<u64>)) {
        let token = self.token();
        let segment = self.next_segment().record(19, &sound(1));
        let (segment, frame, seq) = put(segment, &text_of(&token));
        let start = offset_of(&segment.bytes, &token.text);
        let file = self.write(&segment);
        self.add(token, &file, Some(frame), seq, None, start);
    }

    fn other(&mut self, file: &str) {
        let token = self.token();
        let bytes = [b"{\"x\":\"\0\xff", token.text.as_bytes(), b"\"}\n"].concat();
        let path = self.home.dir.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        self.home.write(file, &bytes);
        self.add(token, file, None, None, None, 8);
    }
}

/// Plants a hundred of these tokens: half of them into texts of the schema, the others everywhere else.
pub fn plant(home: &Home, tokens: Vec<Token>) -> Vec<Planted> {
    // Some of all vendors.
    let step = tokens.len() / 100;
    let tokens = tokens.into_iter().step_by(step).collect();
    let mut planter = Planter {
        home,
        tokens,
        files: 0,
        planted: Vec::new(),
    };
    let known = text_fields();
    let known: Vec<Path> = known.iter().cycle().take(48).cloned().collect();
    planter.fields(&known);
    planter.headers();
    let kinds = KINDS.iter().map(|kind| unknown(&[kind.number, 90]));
    let deeper = KINDS.iter().map(|kind| unknown(&[kind.number, 95]));
    let newer = [70, 77, 300, 5000].map(|number| unknown(&[number]));
    let all: Vec<Path> = kinds.chain(deeper).chain(newer).collect();
    planter.fields(&all);
    // A payload that is no record, and one in a frame that has a field more than this program knows.
    for kind in [19, 77] {
        planter.ranges(|segment, text| {
            let at = segment.bytes.len();
            let segment = segment.record(kind, &[b"\xff\xff", text].concat());
            (segment, at, Some(2))
        });
    }
    for number in [8, 60] {
        planter.ranges(|segment, text| {
            let at = segment.bytes.len();
            let mut segment = segment.record(19, &sound(2));
            let frame = segment.bytes.split_off(at);
            segment.bytes.extend(with_field(&frame, number, text));
            (segment.record(19, &sound(3)), at, Some(2))
        });
    }
    for ty in [128, 4000] {
        planter.ranges(|segment, text| {
            let at = segment.bytes.len();
            (
                segment.frame(ty, text).record(19, &sound(2)).seal(),
                at,
                None,
            )
        });
    }
    // Open tails: bytes, a frame that is cut, one whose checksum is wrong, padding.
    for zeros in [0, 5000] {
        planter.ranges(|segment, text| {
            let at = segment.bytes.len();
            (segment.raw(&vec![0; zeros]).raw(text), at, None)
        });
    }
    planter.ranges(|segment, text| {
        let at = segment.bytes.len();
        let mut segment = segment.record(
            19,
            &[&payload(&unknown(&[19, 2]), text)[..], b"more"].concat(),
        );
        segment.bytes.truncate(segment.bytes.len() - 2);
        (segment, at, None)
    });
    // Corrupt ranges: a frame whose checksum is wrong, other bytes, bytes behind a seal.
    planter.ranges(|segment, text| {
        let at = segment.bytes.len();
        let mut segment = segment.record(19, &payload(&unknown(&[19, 2]), text));
        segment.bytes[at + 30] ^= 1;
        (segment.record(19, &sound(3)).seal(), at, None)
    });
    planter.ranges(|segment, text| {
        let at = segment.bytes.len();
        (segment.raw(text).record(19, &sound(2)), at, None)
    });
    planter.ranges(|segment, text| {
        let segment = segment.seal();
        let at = segment.bytes.len();
        (segment.raw(text), at, None)
    });
    // Files that are no segment, that have no sound header, that are of a newer format.
    planter.ranges(|mut segment, text| {
        segment.bytes = [b"no segment", text].concat();
        (segment, 0, None)
    });
    planter.ranges(|segment, text| {
        let mut segment = segment.raw(text).record(19, &sound(2));
        segment.bytes[20] ^= 1;
        (segment, MAGIC.len(), None)
    });
    planter.ranges(|segment, text| {
        let newer = Header {
            format_major: Some(2),
            ..header(segment.id[0], 1)
        };
        (with_header(&newer).record(19, text), MAGIC.len(), None)
    });
    for file in [
        "index.redb",
        "latest.json",
        "config.json",
        "init.json",
        "install.key.00112233445566ff.tmp",
        "claims/a-0123456789abcdef.1",
        "pending/00112233445566778899aabbccddeeff",
        "asked/00112233445566778899aabbccddeeff",
        "locks/proxy.3000",
        "segments/notes.txt",
        "bin/baton",
        "run.log",
    ] {
        planter.other(file);
    }
    planter.planted
}

/// A frame with one field more.
fn with_field(frame: &[u8], number: u32, text: &[u8]) -> Vec<u8> {
    let Size::Allowed(_, width) = read_size(frame) else {
        panic!("no frame");
    };
    let mut body = frame[width..].to_vec();
    push_length_delimited(&mut body, number, text);
    let mut whole = Vec::new();
    push_varint(&mut whole, body.len() as u64);
    whole.extend(body);
    whole
}
