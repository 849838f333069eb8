//! The checks of writers, of the snapshot and of the guard, each seen to be ok, to warn and to fail.

mod home;

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use baton_state::fold::{create_fold, fold_record};
use baton_state::r#gen::rule_pack::{RULE_PACK, RULE_PACK_SHA256};
use baton_state::r#gen::tables::SCHEMA_FINGERPRINT;
use baton_state::proto::segment::v1::{Dropped, Header};
use baton_state::proto::state::v1::{Client, Record};
use baton_state::segment::folder::read_folder;
use baton_state::segment::hex;
use home::{HERE, Home, NOW, header, note, segment_of};
use prost::Message;
use serde_json::{Value, json};

#[test]
fn d16_counts_the_segments_that_recorders_left_open() {
    let home = Home::used();
    home.expect("BTN-D16", "ok", "every segment is closed");
    let open = |id: u8, age_hours: u64| {
        let record = note(NOW, HERE, u64::from(id), "Open").encode_to_vec();
        let path = home.segments().join(format!("{id}.seg"));
        fs::write(&path, segment_of(&header(id), 19, &record)).unwrap();
        let file = fs::File::options().append(true).open(path).unwrap();
        let written = SystemTime::now() - Duration::from_secs(age_hours * 3600);
        file.set_modified(written).unwrap();
    };
    open(1, 47);
    home.expect("BTN-D16", "ok", "1 segment open to recorders");
    for id in 2..=65 {
        open(id, 49);
    }
    home.expect("BTN-D16", "ok", "64 left open over 48 hours ago");
    open(66, 49);
    home.expect("BTN-D16", "warn", "65 segments left open");
}

#[test]
fn d17_sees_too_many_files_and_too_many_bytes() {
    let home = Home::used();
    home.expect("BTN-D17", "ok", "1 file of 1 KiB");
    let file = |n: u64| fs::File::create(home.segments().join(format!("{n}.seg"))).unwrap();
    // Sparse, and of what is no segment not a byte is read.
    file(0).set_len(1 << 30).unwrap();
    home.expect("BTN-D17", "warn", "reads for seconds");
    for n in 0..511 {
        file(n);
    }
    home.expect("BTN-D17", "ok", "512 files");
    file(511);
    home.expect("BTN-D17", "warn", "513 files of 1 KiB: merges are behind");
}

/// latest.json of a home, as `baton` writes it, with something changed.
fn write_snapshot(home: &Home, change: impl FnOnce(&mut Value)) {
    let folder = read_folder(&home.segments()).unwrap();
    let mut fold = create_fold(NOW, None);
    for record in folder.records() {
        fold_record(&mut fold, record);
    }
    let winners = fold.winners().into_iter();
    let winners: Vec<Value> = winners
        .map(|(_, winner)| json!({ "payload": STANDARD.encode(winner.record.payload) }))
        .collect();
    let seen = folder.segments.iter().map(|segment| {
        let cursor = &segment.cursor;
        json!({ "cursor": { "segment": hex(&cursor.segment), "offset": cursor.offset } })
    });
    let mut body = json!({
        "schema": hex(&SCHEMA_FINGERPRINT),
        "latest": fold.latest(),
        "seen": seen.collect::<Vec<_>>(),
        "winners": winners,
    });
    change(&mut body);
    home.write("latest.json", &with_head(2, body.to_string().as_bytes()));
}

fn with_head(version: u32, body: &[u8]) -> Vec<u8> {
    let crc = format!("{:08x}", crc32fast::hash(body));
    let head = json!({ "baton": version, "bytes": body.len(), "crc": crc });
    [head.to_string().as_bytes(), b"\n", body].concat()
}

#[test]
fn d21_sees_a_snapshot_that_is_damaged_stale_of_another_version_or_wrong() {
    let home = Home::used();
    home.expect("BTN-D21", "ok", "there is no snapshot");
    write_snapshot(&home, |_| {});
    home.expect("BTN-D21", "ok", "sound and up to date");
    let whole = fs::read(home.dir.join("latest.json")).unwrap();
    for damaged in [&whole[..whole.len() - 1], b"", b"\n", &with_head(2, b"{}")] {
        home.write("latest.json", damaged);
        home.expect("BTN-D21", "warn", "damaged");
    }
    home.write("latest.json", &with_head(3, b"{}"));
    home.expect("BTN-D21", "warn", "another version");
    write_snapshot(&home, |body| body["schema"] = json!("00"));
    home.expect("BTN-D21", "warn", "another version");
    write_snapshot(&home, |body| {
        body["winners"].as_array_mut().unwrap().pop();
    });
    home.expect("BTN-D21", "fail", "otherwise than the segments");
    write_snapshot(&home, |body| body["latest"] = json!(NOW + 2 * home::DAY));
    home.expect("BTN-D21", "warn", "from the future");
    write_snapshot(&home, |_| {});
    let seen = home.segment();
    home.record(&[note(NOW, HERE, 2, "New")]);
    home.expect("BTN-D21", "ok", "bytes behind");
    fs::remove_file(seen).unwrap();
    home.expect("BTN-D21", "warn", "gone or shorter");
    fs::remove_file(home.dir.join("latest.json")).unwrap();
    fs::create_dir(home.dir.join("latest.json")).unwrap();
    home.expect("BTN-D21", "fail", "cannot be read");
}

/// dist/cli.js, or a line that says why it is not looked at.
#[cfg(unix)]
fn built() -> Option<std::path::PathBuf> {
    let cli = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../dist/cli.js");
    if !cli.exists() {
        eprintln!("[skip] dist/cli.js is not there, run `npm run build`");
    }
    cli.canonicalize().ok()
}

#[cfg(unix)]
#[test]
fn d21_and_d31_agree_with_the_real_baton() {
    let Some(cli) = built() else { return };
    let home = Home::used();
    let baton = std::process::Command::new("node")
        .args([
            cli.as_os_str(),
            "resume".as_ref(),
            "--workspace".as_ref(),
            HERE.as_ref(),
        ])
        .env("BATON_HOME", &home.dir)
        .env("BATON_NOW", NOW.to_string())
        .current_dir(home.folder.path())
        .output()
        .unwrap();
    assert!(baton.status.success(), "{baton:?}");
    home.expect("BTN-D21", "ok", "sound and up to date");
    write_launcher(&home, &cli);
    home.expect("BTN-D31", "ok", "the rule pack of this program");
}

fn write_launcher(home: &Home, cli: &Path) {
    let name = if cfg!(windows) { "baton.cmd" } else { "baton" };
    fs::create_dir_all(home.dir.join("bin")).unwrap();
    let text = format!("exec node '{}' \"$@\"\n", cli.display());
    fs::write(home.dir.join("bin").join(name), text).unwrap();
}

#[test]
fn d31_compares_the_rule_pack_of_the_bundles() {
    let home = Home::used();
    home.expect("BTN-D31", "ok", "no baton is in use");
    let dist = home.folder.path().join("dist");
    fs::create_dir_all(dist.join("chunks")).unwrap();
    for name in ["cli.js", "opencode.js"] {
        fs::write(dist.join(name), "").unwrap();
    }
    write_launcher(&home, &dist.join("cli.js"));
    home.expect("BTN-D31", "warn", "another rule pack");
    let (hash, pack) = (hex_of(&RULE_PACK_SHA256), STANDARD.encode(RULE_PACK));
    let chunk = dist.join("chunks/one.js");
    fs::write(&chunk, format!("var a=\"{hash}\",b=\"{pack}\";")).unwrap();
    home.expect("BTN-D31", "ok", "the rule pack of this program");
    fs::write(
        dist.join("opencode.js"),
        format!("var a=\"{hash}\",b=\"{}\"", pack.to_lowercase()),
    )
    .unwrap();
    home.expect("BTN-D31", "fail", "1 bundle of baton with a damaged");
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn d32_counts_what_the_guard_refused() {
    let home = Home::used();
    home.expect("BTN-D32", "ok", "nothing to refuse");
    let header = Header {
        dropped: vec![Dropped {
            reason: Some(1),
            count: Some(3),
        }],
        ..header(1)
    };
    let record = Record {
        client: Some(Client::Codex.into()),
        ..note(NOW, HERE, 20, "Kept")
    };
    let segment = segment_of(&header, 19, &record.encode_to_vec());
    fs::write(home.segments().join("1.seg"), segment).unwrap();
    home.expect("BTN-D32", "warn", "the guard refused 3 records (codex)");
    home.expect("BTN-D13", "ok", "no recorder had to drop anything");
}
