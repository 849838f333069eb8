//! What an audit makes of files that no test of the program can afford, or meet in time.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use super::*;

fn token() -> String {
    let letters = (0..36_u8).map(|n| char::from(b'a' + n * 7 % 26));
    ["gh", "p_"].concat() + &letters.collect::<String>()
}

fn listed(shown: &str, bytes: &[u8]) -> Listed {
    Listed {
        path: shown.into(),
        shown: shown.to_owned(),
        is_segment: true,
        bytes: bytes.len() as u64,
        written: SystemTime::UNIX_EPOCH,
    }
}

#[test]
fn a_segment_that_is_too_large_is_looked_through_and_named() {
    let mut bytes = vec![b' '; 500];
    bytes.extend(token().as_bytes());
    let file = listed("segments/a.seg", &bytes);
    let look = |most| {
        let mut found = Found::default();
        look_at_segment_file(&file, bytes.as_slice(), most, None, |_| {}, &mut found).unwrap();
        found
    };
    let size = bytes.len() as u64;
    for (most, warnings) in [(size, 0), (size - 1, 1), (100, 1)] {
        let mut found = look(most);
        assert_eq!(found.warnings_total, warnings, "{most}");
        assert_eq!((found.segments.count, found.segments.bytes), (1, size));
        assert_eq!(found.unjudged, size);
        let [finding] = found.findings() else {
            panic!("one secret is there");
        };
        assert_eq!(finding.range, Some((500, size)));
    }
}

#[test]
fn what_comes_while_others_are_looked_at_is_listed_the_next_time_alone() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("claims")).unwrap();
    fs::write(home.path().join("claims/one"), "1").unwrap();
    let mut found = Found::default();
    let mut listing = Listing::new(home.path(), None);
    let mut names = || {
        let files = listing.news(&mut found).into_iter();
        files.map(|file| file.shown).collect::<Vec<_>>()
    };
    assert_eq!(names(), ["claims/one"]);
    assert_eq!(names(), Vec::<String>::new());
    fs::write(home.path().join("claims/two"), "2").unwrap();
    fs::create_dir_all(home.path().join("segments/deeper")).unwrap();
    fs::write(home.path().join("segments/deeper/1.seg"), "3").unwrap();
    assert_eq!(names(), ["claims/two", "segments/deeper/1.seg"]);
}

/// Flips, cuts and copies bytes of sound segments.
#[test]
fn damage_of_any_kind_stops_nothing_and_hides_no_byte() {
    let seed = std::env::var("BATON_SEED").ok();
    let seed = seed.and_then(|seed| seed.parse().ok()).unwrap_or(1_u64);
    println!("BATON_SEED={seed}");
    let mut state = seed;
    let mut below = |most: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % most
    };
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden");
    for name in ["rust-kinds.seg", "newer-frames.seg", "ts-compacted.seg"] {
        let sound = fs::read(golden.join(name)).unwrap();
        for _ in 0..60 {
            let mut bytes = sound.clone();
            for _ in 0..=below(6) {
                let at = below(bytes.len());
                match below(4) {
                    0 => bytes[at] ^= 1 << below(8),
                    1 => bytes[at] = below(256) as u8,
                    2 => bytes.extend_from_within(at..),
                    _ => bytes.truncate(at.max(20)),
                }
            }
            let at = below(bytes.len());
            bytes.splice(at..at, [" ", &token(), " "].concat().into_bytes());
            let mut found = Found::default();
            look_at_segment(name, &bytes, None, |_| {}, &mut found);
            assert_eq!(found.segments.bytes, bytes.len() as u64);
            let is_found = found
                .findings()
                .iter()
                .any(|finding| finding.rule == "github-classic");
            assert!(is_found, "{name}, {at}");
        }
    }
}
