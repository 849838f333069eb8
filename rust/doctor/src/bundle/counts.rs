//! What lies in the state directory, counted: files, segments, records, findings. Nothing of a record but its kind and client.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use baton_state::r#gen::tables::CONFIG;
use baton_state::proto::segment::v1::FindingType;
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{Client, Config, Record};
use baton_state::proto::support::v1::{FileFinding, KindCount, Place, SegmentGroup, Setting};
use baton_state::record::kind::kind_numbered;
use baton_state::record::wire::{field_of, fields_of};
use baton_state::segment::folder::{Folder, Segment};
use prost::Message as _;

use crate::checks::is_version;
use crate::names::{OTHER, place_of};

/// Programs of Baton that write segments.
const WRITERS: [&str; 4] = [
    "baton-ts",
    "baton-rs",
    "opencode-proxy-launcher",
    "opencode-proxy-doctor",
];
/// More findings than this are only counted.
const MAX_FINDINGS: usize = 100;

/// Files and bytes of each place of the state directory, in byte order of the names.
pub fn places(dir: &Path) -> Vec<Place> {
    let mut sums: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let mut folders = vec![(dir.to_owned(), None)];
    while let Some((folder, of)) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let place = of.unwrap_or_else(|| place_of(Path::new(&entry.file_name())));
            let Ok(metadata) = fs::symlink_metadata(entry.path()) else {
                continue;
            };
            let sum = sums.entry(place).or_default();
            if metadata.is_dir() {
                folders.push((entry.path(), Some(place)));
            } else {
                *sum = (sum.0 + 1, sum.1 + metadata.len());
            }
        }
    }
    let sums = sums.into_iter();
    sums.map(|(name, (files, bytes))| Place {
        name: Some(name.to_owned()),
        files: Some(files),
        bytes: Some(bytes),
    })
    .collect()
}

/// The segments, those that are alike as one.
pub fn segments(folder: &Folder) -> Vec<SegmentGroup> {
    let mut groups: BTreeMap<_, (u64, u64, u64)> = BTreeMap::new();
    for segment in &folder.segments {
        let (writer, version) = writer_of(segment);
        let like = (
            i32::from(segment.standing.standing),
            segment.cursor.is_ended,
            i32::from(client_of(segment)),
            writer,
            version,
        );
        let sum = groups.entry(like).or_default();
        *sum = (sum.0 + 1, sum.1 + segment.records, sum.2 + segment.bytes);
    }
    let groups = groups.into_iter();
    groups
        .map(
            |((standing, sealed, client, writer, version), sum)| SegmentGroup {
                standing: Some(standing),
                sealed: Some(sealed),
                client: Some(client),
                writer,
                version,
                count: Some(sum.0),
                records: Some(sum.1),
                bytes: Some(sum.2),
            },
        )
        .collect()
}

fn client_of(segment: &Segment) -> Client {
    let first = segment.records().next();
    let record = first.and_then(|record| Record::decode(record.payload).ok());
    record.map_or(Client::Unspecified, |record| record.client())
}

/// The program that wrote a segment with its version, where they can be nothing else.
fn writer_of(segment: &Segment) -> (Option<String>, Option<String>) {
    let Some(header) = segment.readable_header() else {
        return (None, None);
    };
    let name = header.message.writer_name.as_deref();
    let version = header.message.writer_version.as_deref();
    (
        name.map(|name| {
            let known = WRITERS.iter().find(|known| **known == name);
            known.map_or(OTHER, |known| known).to_owned()
        }),
        version
            .filter(|version| is_version(version))
            .map(str::to_owned),
    )
}

/// The first findings besides records and seals, and how many there are.
pub fn findings(folder: &Folder) -> (Vec<FileFinding>, u64) {
    let all = || {
        let numbered = folder.segments.iter().zip(1..);
        numbered.flat_map(|(segment, file)| {
            let findings = segment.findings.iter();
            let findings = findings.filter(|finding| finding.r#type() != FindingType::Seal);
            findings.map(move |finding| FileFinding {
                file: Some(file),
                finding: Some(*finding),
            })
        })
    };
    (all().take(MAX_FINDINGS).collect(), all().count() as u64)
}

/// Records that count, by kind, and how many workspaces they are of. Kinds that this program does not know are left to
/// `Health.newer_than_me`.
pub fn kinds(folder: &Folder) -> (Vec<KindCount>, u64) {
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    let mut workspaces = BTreeSet::new();
    for record in folder.records() {
        let Some(kind) = kind_numbered(record.kind) else {
            continue;
        };
        *kinds.entry(kind.name).or_default() += 1;
        let record = Record::decode(record.payload);
        workspaces.extend(record.ok().and_then(|record| record.workspace));
    }
    let counts = kinds.into_iter().map(|(name, records)| KindCount {
        name: Some(name.to_owned()),
        records: Some(records),
    });
    (counts.collect(), workspaces.len() as u64)
}

/// Names of models and providers in the records, which messages of checks may hold.
pub fn models(folder: &Folder) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for record in folder.records() {
        let record = Record::decode(record.payload).ok();
        match record.and_then(|record| record.kind) {
            Some(Kind::ModelHealth(health)) => {
                names.extend(health.model.into_iter().chain(health.provider))
            }
            Some(Kind::UsageEvent(event)) => names.extend(event.model),
            Some(Kind::ConfigFact(fact)) => names.extend(fact.value),
            _ => {}
        }
    }
    names
}

/// Which settings are set, in the order of the schema. No value is looked at.
pub fn settings(config: &Config) -> Vec<Setting> {
    let message = config.encode_to_vec();
    let mut values: BTreeMap<u32, u32> = BTreeMap::new();
    for field in fields_of(&message).flatten() {
        *values.entry(field.number).or_default() += 1;
    }
    let settings = values.into_iter().filter_map(|(number, values)| {
        Some(Setting {
            name: Some(field_of(&CONFIG, number)?.name.to_owned()),
            values: Some(values),
        })
    });
    settings.collect()
}
