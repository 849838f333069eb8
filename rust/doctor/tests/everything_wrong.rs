//! docs/doctor.md shows what `check` prints on a machine where everything is wrong. `BATON_WRITE=1 cargo test
//! --manifest-path rust/Cargo.toml -p opencode-proxy-doctor --test everything_wrong` writes it anew.
#![cfg(target_os = "linux")]

mod home;
mod server;
mod user;

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use baton_state::proto::segment::v1::{Dropped, Header};
use baton_state::proto::state::v1::{Client, ModelState, Record};
use baton_state::segment::frame::{Frame, RECORD, SegmentCrc, push_frame};
use home::{DAY, HERE, Home, NOW, header, model, note, segment_of, usage};
use prost::Message;
use server::serve;
use user::User;

const BEGIN: &str =
    "<!-- Written by rust/doctor/tests/everything_wrong.rs. Not to be edited. -->\n```\n";
const END: &str = "```\n<!-- End of the machine where everything is wrong. -->\n";

fn stranger(_: &str, _: &[String]) -> (u16, String) {
    (200, "<html>".to_owned())
}

/// A user of whom as much is wrong as can be at once, and the port where somebody else answers in the place of the proxy.
fn user() -> (User, u16) {
    let port = serve(stranger);
    let mut user = User::new();
    user.home.dir = user.home.folder.path().join("OneDrive/baton");
    fill(&user.home);
    user.set("TZ", "Nowhere/Nothing");
    set_up_clients(&user, port);
    close(&user.home.dir);
    home::set_mode(&user.home.dir, 0o755);
    (user, port)
}

/// Takes all rights of others away, whatever the umask gave them.
fn close(path: &Path) {
    let is_folder = path.is_dir();
    home::set_mode(path, if is_folder { 0o700 } else { 0o600 });
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        close(&entry.path());
    }
}

/// A state directory that its user should look at.
fn fill(home: &Home) {
    let write = |name: &str, bytes: &[u8]| {
        let path = home.dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    let age = |name: &str| {
        let file = fs::File::options().append(true).open(home.dir.join(name));
        let days = Duration::from_secs(3 * 24 * 3600);
        file.unwrap()
            .set_modified(SystemTime::now() - days)
            .unwrap();
    };
    let segment = |name: &str, header: &Header, kind: u32, record: &Record| {
        let bytes = segment_of(header, kind, &record.encode_to_vec());
        write(&format!("segments/{name}.seg"), &bytes);
        bytes
    };
    for n in 0..600_u64 {
        let id = u128::from(n + 1000).to_be_bytes().to_vec();
        let header = Header {
            segment_id: Some(id.clone()),
            writer_id: Some(id),
            ..header(0)
        };
        let name = format!("{n:03}");
        segment(&name, &header, 19, &note(NOW - DAY, HERE, n, "Left open"));
        age(&format!("segments/{name}.seg"));
    }
    let own = |id| Header {
        writer_id: Some(vec![id; 16]),
        ..header(id)
    };
    // A flipped bit in the first of two records.
    let mut broken = segment("broken", &own(1), 19, &note(NOW, HERE, 1, "Broken"));
    let intact = broken.len();
    broken[intact - 10] ^= 1;
    let frame = Frame {
        ty: RECORD,
        kind: 19,
        seq: 2,
        origin: None,
        payload: &note(NOW, HERE, 2, "Intact").encode_to_vec(),
    };
    push_frame(&mut broken, SegmentCrc::new(&[1; 16]), &frame);
    write("segments/bad0bad0bad0bad0bad0bad0bad0bad0.seg", &broken);
    let newer = Header {
        format_major: Some(2),
        ..header(2)
    };
    segment("newer", &newer, 19, &note(NOW, HERE, 2, "Newer"));
    let dropped = |id, client: Client, reasons: &[i32]| {
        let dropped = reasons.iter().map(|reason| Dropped {
            reason: Some(*reason),
            count: Some(3),
        });
        let header = Header {
            dropped: dropped.collect(),
            writer_id: Some(vec![id; 16]),
            ..header(id)
        };
        let record = Record {
            client: Some(client.into()),
            ..note(NOW, HERE, u64::from(id), "Kept")
        };
        segment(&format!("dropped-{id}"), &header, 19, &record);
    };
    dropped(3, Client::Opencode, &[1, 2]);
    dropped(4, Client::Codex, &[6]);
    for (id, text) in [(5, "Of one machine"), (6, "Of its clone")] {
        segment(
            &format!("clone-{id}"),
            &header(id),
            19,
            &note(NOW, HERE, 3, text),
        );
    }
    segment(
        "future",
        &own(7),
        19,
        &note(NOW + 2 * DAY, HERE, 4, "Ahead"),
    );
    segment(
        "limit",
        &own(8),
        21,
        &model(NOW, "vendor/one", ModelState::Limited),
    );
    segment("usage", &own(9), 23, &usage(NOW - 60_000));
    let unguarded = note(
        NOW,
        HERE,
        5,
        "Said in the chat\nand stored by an older program",
    );
    segment(&"0a".repeat(16), &own(10), 19, &unguarded);
    write("segments/notes.txt", b"mine");
    write("install.key", &[7; 40]);
    write(
        "config.json",
        br#"{"retention":[{"kind":"dream","days":9}]}"#,
    );
    write("index.redb", &[9; 5000]);
    write("latest.json", b"{}\n{}");
    for name in [
        "install.key.00112233445566ff.tmp",
        "locks/gc.1",
        "pending/00112233445566778899aabbccddeeff",
    ] {
        write(name, b"");
        age(name);
    }
    let other = home.user().join(".local/state/baton/segments");
    fs::create_dir_all(&other).unwrap();
    fs::write(other.join("one.seg"), "").unwrap();
}

fn set_up_clients(user: &User, port: u16) {
    for name in ["git", "node"] {
        fs::remove_file(user.home.programs().join(name)).unwrap();
    }
    user.script("git", "exit 127");
    user.script("gh", "exit 1");
    user.script("codex", "test \"$1\" = --version && echo codex-cli 0.98.1");
    user.script("opencode", "echo 1.2.0");
    let elsewhere = "[mcp_servers.baton]\ncommand = \"/opt/gone/baton\"\nargs = [\"mcp\", \"--home\", \"/srv/other\"]\n";
    user.write(".codex/config.toml", elsewhere);
    let events = [
        "SessionStart",
        "PreToolUse",
        "PostToolUse",
        "Stop",
        "SessionEnd",
        "Interrupt",
    ];
    let hook = r#"[{"hooks":[{"type":"command","command":"/opt/gone/bin/baton hook codex"}]}]"#;
    let hooks: Vec<String> = events
        .iter()
        .map(|event| format!("\"{event}\":{hook}"))
        .collect();
    user.write(
        ".codex/hooks.json",
        &format!("{{\"hooks\":{{{}}}}}", hooks.join(",")),
    );
    let config = format!(
        r#"{{"model":"other/one","provider":{{"zenproxy":{{"options":{{"baseURL":"http://127.0.0.1:{port}/v1"}}}}}},
        "mcp":{{"baton":{{"type":"local","command":["/opt/gone/baton","mcp","--home","/srv/other"]}}}}}}"#
    );
    user.write(".config/opencode/opencode.json", &config);
    user.write(".config/opencode/plugin/baton.js", "");
    let log = "level=ERROR message=\"failed to load plugin\" path=file:///x/plugin/baton.js\n";
    user.write(".local/share/opencode/log/2026-11-25T120000.log", log);
    let dist = user.home.folder.path().join("dist");
    fs::create_dir_all(&dist).unwrap();
    let hash = baton_state::r#gen::rule_pack::RULE_PACK_SHA256.map(|byte| format!("{byte:02x}"));
    fs::write(dist.join("cli.js"), "").unwrap();
    fs::write(dist.join("opencode.js"), hash.concat()).unwrap();
    let launcher = format!("exec node '{}' \"$@\"\n", dist.join("cli.js").display());
    let bin = user.home.dir.join("bin");
    fs::create_dir_all(&bin).unwrap();
    fs::write(bin.join("baton"), launcher).unwrap();
    let line = format!(
        "{{\"v\":1,\"ts\":{},\"model\":\"vendor/one\",\"status\":200,\"ok\":true}}\n{{\"v\":1,\n",
        NOW - 120_000
    );
    user.write(".config/opencode-proxy/usage.jsonl", &line);
}

#[test]
fn the_machine_of_the_docs_is_what_check_prints_and_names_no_place_of_it() {
    let (user, port) = user();
    let mut doctor = user.doctor(&["check", "--fail-on", "limited"]);
    let run = home::Run::of(doctor.output().unwrap());
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    let printed = run.stdout.replace(&port.to_string(), "3000");
    for place in [
        user.home.folder.path(),
        Path::new("/opt/gone"),
        Path::new("/srv/other"),
    ] {
        assert!(!printed.contains(&*place.to_string_lossy()), "{printed}");
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/doctor.md");
    let text = fs::read_to_string(&page).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    if std::env::var_os("BATON_WRITE").is_some() {
        fs::write(&page, [before, BEGIN, &printed, END, after].concat()).unwrap();
    } else {
        assert_eq!(shown, printed, "BATON_WRITE=1 writes it anew");
    }
}
