//! `audit`: what must not lie in the state directory is found wherever it lies, and named without being shown.

#[path = "../../state/tests/build/mod.rs"]
mod build;
mod home;
mod planted;
mod secrets;
mod year;

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{ModelHealth, ModelState};
use baton_state::record::wire::push_length_delimited;
use home::{HERE, Home, NOW, Run, note};
use planted::{Planted, plant};
use prost::Message as _;
use secrets::{found, tokens};
use serde_json::Value;

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures")
        .join(folder);
    let files = fs::read_dir(folder).unwrap().flatten();
    let files = files.map(|entry| entry.path());
    files
        .filter(|path| path.extension().is_some_and(|end| end == "seg"))
        .collect()
}

/// The report of a run that must have ended with this code, and the bytes of all files that lie there.
fn audited(home: &Home, code: i32) -> Value {
    let run = home.run(&["audit", "--json"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(code), ""),
        "{}",
        run.stdout
    );
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let number = |name: &str| report[name].as_str().unwrap().parse::<u64>().unwrap();
    let looked_at = number("segmentBytes") + number("otherBytes");
    if code != 3 {
        assert_eq!(
            looked_at,
            bytes_below(&home.dir),
            "not every byte was looked at"
        );
    }
    report
}

fn bytes_below(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).unwrap().flatten();
    let sizes = entries.map(|entry| match entry.file_type().unwrap() {
        ty if ty.is_dir() => bytes_below(&entry.path()),
        ty if ty.is_file() => entry.metadata().unwrap().len(),
        _ => 0,
    });
    sizes.sum()
}

fn findings(report: &Value) -> &[Value] {
    report["findings"].as_array().map_or(&[], Vec::as_slice)
}

/// Whether a finding names the place of a planted secret, by a rule that knows it.
fn names(finding: &Value, planted: &Planted) -> bool {
    let number = |name: &str| {
        finding[name]
            .as_str()
            .map(|text| text.parse::<u64>().unwrap())
    };
    finding["file"] == planted.file.as_str()
        && number("frame") == planted.frame.map(|frame| frame as u64)
        && number("seq") == planted.seq
        && finding["field"].as_str() == planted.field.as_deref()
        && planted.token.rules.iter().any(|(rule, offset)| {
            finding["rule"] == rule.as_str()
                && number("start") == Some(planted.start as u64 + offset)
        })
}

#[test]
fn a_hundred_secrets_of_a_writer_without_a_guard_are_found_at_their_places_and_not_shown() {
    let home = Home::used();
    let planted = plant(&home, tokens());
    assert_eq!(planted.len(), 100);
    let report = audited(&home, 1);
    let all = findings(&report);
    let missed: Vec<_> = planted
        .iter()
        .filter(|planted| !all.iter().any(|finding| names(finding, planted)))
        .map(|planted| {
            (
                &planted.file,
                planted.frame,
                &planted.field,
                planted.start,
                &planted.token.rules,
            )
        })
        .collect();
    assert!(
        missed.is_empty(),
        "{} of 100 missed: {missed:#?}\n{report:#}",
        missed.len()
    );
    // And nothing is found where nothing was planted.
    for finding in all {
        let is_there = |planted: &&Planted| {
            finding["file"] == planted.file.as_str()
                && finding["field"].as_str() == planted.field.as_deref()
        };
        assert!(
            planted.iter().any(|planted| is_there(&planted)),
            "{finding}"
        );
    }
    let rules: u64 = report["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["findings"].as_str().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(report["findingsTotal"], rules.to_string());
    let texts: Vec<String> = planted
        .into_iter()
        .map(|planted| planted.token.text)
        .collect();
    let printed = home.run(&["audit"]);
    assert_eq!(printed.code, Some(1));
    for text in [&printed.stdout, &report.to_string()] {
        assert_eq!(found(&texts, text), Vec::<&str>::new());
    }
    for code in ["BTN-G03", "BTN-G04", "BTN-G05"] {
        assert!(
            printed.stdout.contains(&format!("\n{code}: ")),
            "{}",
            printed.stdout
        );
    }
}

#[test]
fn nothing_is_found_in_a_year_of_sound_work() {
    let home = Home::new();
    year::fill(&home, 365, 60);
    let report = audited(&home, 0);
    assert_eq!(report["segments"], "365");
    assert_eq!(report["frames"], (365 * 62 - 36).to_string());
    assert_eq!(report["unjudgedBytes"], "0");
    let classes: Vec<&str> = report["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|class| class["class"].as_str().unwrap())
        .collect();
    let expected = ["IDENT", "DIGEST", "REF", "COMMAND", "NOTE", "OPAQUE"];
    assert_eq!(classes, expected.map(|class| format!("TEXT_CLASS_{class}")));
}

#[test]
fn nothing_is_found_in_the_golden_segments() {
    let home = Home::new();
    home.make();
    let files = fixtures("golden");
    assert!(files.len() >= 17);
    for (file, n) in files.iter().zip(0..) {
        home.write(&format!("segments/{n}.seg"), &fs::read(file).unwrap());
    }
    let report = audited(&home, 0);
    assert_eq!(report["segments"], files.len().to_string());
}

#[test]
fn no_hostile_segment_stops_it_and_every_byte_of_them_is_looked_at() {
    let home = Home::new();
    home.make();
    let files = fixtures("hostile");
    assert!(files.len() > 50);
    for file in &files {
        let name = file.file_name().unwrap().to_str().unwrap();
        home.write(&format!("segments/{name}"), &fs::read(file).unwrap());
    }
    let report = audited(&home, 1);
    assert_eq!(report["segments"], files.len().to_string());
    for finding in findings(&report) {
        assert_eq!(finding["file"], "segments/odd-payloads.seg", "{finding}");
    }
}

#[test]
fn what_an_older_program_stored_is_judged_by_the_rules_of_today() {
    let home = Home::used();
    let said = note(NOW, HERE, 1, "User: please fix the parser\nand tell nobody");
    let segment = build::segment(9, 9).record(19, &said.encode_to_vec());
    let at = build::segment(9, 9).len();
    let id = "09".repeat(16);
    home.write(&format!("segments/{id}.seg"), &segment.seal().bytes);
    let report = audited(&home, 1);
    let rules: Vec<&str> = findings(&report)
        .iter()
        .map(|finding| {
            assert_eq!(finding["code"], "BTN-G03");
            assert_eq!(finding["frame"], at.to_string());
            assert_eq!(finding["field"], "handoff_note.text");
            finding["rule"].as_str().unwrap()
        })
        .collect();
    assert!(
        rules.contains(&"line") && rules.contains(&"role"),
        "{rules:?}"
    );
    let printed = home.run(&["audit"]).stdout;
    let line = format!(
        "[fail] role: segments/{id}.seg, frame {at}, record 1, field handoff_note.text, bytes 0..5 (BTN-G03)\n"
    );
    assert!(printed.contains(&line), "{printed}");
    assert!(!printed.contains("parser"), "{printed}");
}

#[test]
fn a_home_that_is_not_there_and_one_that_is_sound_end_with_0() {
    let home = Home::new();
    assert_eq!(
        audited_text(&home, 0),
        "[ok] nothing private was found\n0 segments with 0 frames, 0 bytes\n0 texts judged\n0 bytes of segments that only token rules can look at\n0 other files, 0 bytes\n"
    );
    let home = Home::used();
    let printed = audited_text(&home, 0);
    assert!(
        printed.starts_with("[ok] nothing private was found\n1 segment with 10 frames, "),
        "{printed}"
    );
    assert!(printed.ends_with("\n1 other file, 32 bytes\n"), "{printed}");
}

fn audited_text(home: &Home, code: i32) -> String {
    let run = home.run(&["audit"]);
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (Some(code), ""),
        "{}",
        run.stdout
    );
    run.stdout
}

#[test]
fn an_index_that_another_process_holds_is_a_warning_and_looked_at_all_the_same() {
    let home = Home::used();
    assert_eq!(home.run(&["rebuild"]).code, Some(0));
    let index = redb::Database::open(home.dir.join("index.redb")).unwrap();
    let report = audited(&home, 3);
    let warnings = report["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{report}");
    assert_eq!(warnings[0]["file"], "index.redb");
    assert!(warnings[0]["reason"].as_str().unwrap().contains("locked"));
    assert_eq!(report["otherFiles"], "2", "{report}");
    drop(index);
    audited(&home, 0);
}

/// A report of a run with these variables.
fn audited_with(home: &Home, env: &[(&str, &str)]) -> Value {
    let mut doctor = home.doctor(&["audit", "--json"]);
    doctor.envs(env.iter().copied());
    serde_json::from_str(&Run::of(doctor.output().unwrap()).stdout).unwrap()
}

/// File, field and rule of every finding.
fn places(report: &Value) -> Vec<(&str, &str, &str)> {
    let places = findings(report).iter().map(|finding| {
        (
            finding["file"].as_str().unwrap(),
            finding["field"].as_str().unwrap_or_default(),
            finding["rule"].as_str().unwrap(),
        )
    });
    places.collect()
}

#[test]
fn what_the_environment_of_the_audit_knows_is_found_in_every_place() {
    let home = Home::used();
    let value = ["correct horse ", "battery staple"].concat();
    let said = note(NOW, HERE, 1, &format!("It was {value}, they say"));
    let mut unknown = note(NOW, HERE, 2, "Fine").encode_to_vec();
    push_length_delimited(&mut unknown, 90, value.as_bytes());
    let segment = build::segment(9, 9)
        .record(19, &said.encode_to_vec())
        .record(19, &unknown)
        .seal();
    let file = format!("segments/{}.seg", "09".repeat(16));
    home.write(&file, &segment.bytes);
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("x{value}y"));
    home.write("run.log", format!("\0{encoded}").as_bytes());
    assert_eq!(places(&audited(&home, 0)), []);
    let report = audited_with(&home, &[("DEPLOY_PASSPHRASE", &value)]);
    assert_eq!(
        places(&report),
        [
            ("run.log", "", "known-secret"),
            (&file, "handoff_note.text", "known-secret"),
            (&file, "90", "known-secret"),
        ]
    );
    let texts = [value.clone()];
    assert_eq!(found(&texts, &report.to_string()), Vec::<&str>::new());
    // A file that the settings name is as good as the environment.
    let secrets = home.folder.path().join("secrets.env");
    fs::write(&secrets, format!("# NOTE=1\nexport A=\"{value}\"\n")).unwrap();
    let config = serde_json::json!({ "secretFiles": [secrets] });
    home.write("config.json", config.to_string().as_bytes());
    assert_eq!(places(&audited(&home, 1)).len(), 3);
}

#[test]
fn the_home_directory_is_found_but_where_paths_belong() {
    let home = Home::used();
    let user = home.user();
    let path = user.join("work/repo");
    let path = path.to_str().unwrap();
    fs::create_dir(home.dir.join("bin")).unwrap();
    for file in ["config.json", "init.json", "init.json.77", "bin/baton"] {
        home.write(file, format!("{{\"proxy\":{path:?}}}").as_bytes());
    }
    assert_eq!(places(&audited(&home, 0)), []);
    home.write("run.log", path.as_bytes());
    home.write("latest.json", b"see /home/zoe/x and zoe@turing.example");
    let env = [("USER", "zoe"), ("HOSTNAME", "turing")];
    assert_eq!(
        places(&audited_with(&home, &env)),
        [
            ("latest.json", "", "user-name"),
            ("latest.json", "", "user-name"),
            ("latest.json", "", "host-name"),
            ("run.log", "", "home-directory"),
        ]
    );
}

#[test]
fn texts_of_one_record_that_make_a_secret_together_are_found() {
    let home = Home::new();
    home.make();
    let token = tokens()
        .into_iter()
        .find(|token| token.text.len() < 60)
        .unwrap()
        .text;
    let (first, second) = token.split_at(token.len() / 2);
    let Some(Kind::ModelHealth(health)) = home::model(NOW, second, ModelState::Available).kind
    else {
        panic!("no health");
    };
    let health = ModelHealth {
        provider: Some(first.to_owned()),
        ..health
    };
    let split = home::record(NOW, None, Kind::ModelHealth(health)).encode_to_vec();
    let segment = build::segment(9, 9).record(21, &split).seal();
    home.write("segments/1.seg", &segment.bytes);
    assert_eq!(
        places(&audited(&home, 1)),
        [("segments/1.seg", "", "split")]
    );
}

/// Names that are secrets are not shown either, nor what links say.
#[cfg(unix)]
#[test]
fn secrets_in_names_and_links_are_found_and_not_shown() {
    let home = Home::used();
    let mut tokens = tokens().into_iter();
    let mut token = || tokens.find(|token| !token.text.contains('/')).unwrap();
    let (name, folder, link) = (token(), token(), token());
    home.write(&name.text, b"x");
    fs::create_dir(home.dir.join(&folder.text)).unwrap();
    home.write(&format!("{}/inside", folder.text), b"x");
    std::os::unix::fs::symlink(format!("nowhere/{}", link.text), home.dir.join("link")).unwrap();
    let report = audited(&home, 1);
    let texts = [name.text.clone(), folder.text, link.text];
    for printed in [report.to_string(), audited_text(&home, 1)] {
        assert_eq!(found(&texts, &printed), Vec::<&str>::new(), "{printed}");
    }
    let fields: Vec<&str> = findings(&report)
        .iter()
        .map(|finding| finding["field"].as_str().unwrap())
        .collect();
    assert_eq!(
        fields.iter().filter(|field| **field == "name").count(),
        2,
        "{report}"
    );
    assert_eq!(
        fields.iter().filter(|field| **field == "link").count(),
        1,
        "{report}"
    );
    let shown = format!("[left out: {}]", name.rules[0].0);
    assert!(
        findings(&report)
            .iter()
            .any(|finding| finding["file"] == shown),
        "{report}"
    );
}

#[test]
fn d39_looks_at_what_was_written_last_within_a_budget() {
    let home = Home::new();
    home.make();
    home.expect("BTN-D39", "ok", "there is nothing to look at");
    let home = Home::used();
    home.expect(
        "BTN-D39",
        "ok",
        "nothing private in 1 segment and 1 other file",
    );
    // More than the budget of either.
    let large = build::segment(8, 8).raw(&vec![0; 9 << 20]);
    home.write("segments/large.seg", &large.bytes);
    home.write("latest.json", &vec![b' '; 2 << 20]);
    let some =
        "nothing private in 1 of 2 segments and 1 of 2 other files, those that were written last";
    home.expect("BTN-D39", "ok", some);
    let token = tokens().remove(0);
    home.write("latest.json", token.text.as_bytes());
    home.expect(
        "BTN-D39",
        "fail",
        &format!(
            "1 finding, the first by rule {} in latest.json",
            token.rules[0].0
        ),
    );
    home.write("latest.json", b"{}");
    let said = note(NOW, HERE, 1, "two\nlines");
    let segment = home::segment_of(&home::header(9), 19, &said.encode_to_vec());
    home.write("segments/of a customer.seg", &segment);
    home.expect("BTN-D39", "fail", "1 finding, the first by rule line in a file in segments with a name of its own, handoff_note.text");
}

#[cfg(unix)]
#[test]
fn d39_warns_of_what_cannot_be_looked_at() {
    let home = Home::used();
    std::os::unix::fs::symlink("/", home.dir.join("claims")).unwrap();
    home.expect(
        "BTN-D39",
        "warn",
        "1 thing cannot be looked at, the first: claims: a link out of the state directory",
    );
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_directory_is_not_followed_and_a_link_inside_needs_no_word() {
    use std::os::unix::fs::symlink;
    let home = Home::used();
    symlink(home.segment(), home.dir.join("same")).unwrap();
    symlink("/nowhere/at/all", home.dir.join("broken")).unwrap();
    audited(&home, 0);
    let outside = home.folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let token = tokens().remove(0);
    fs::write(outside.join("1.seg"), &token.text).unwrap();
    symlink(&outside, home.dir.join("elsewhere")).unwrap();
    symlink(outside.join("1.seg"), home.segments().join("1.seg")).unwrap();
    let report = audited(&home, 3);
    let warnings = report["warnings"].as_array().unwrap();
    let files: Vec<&str> = warnings
        .iter()
        .map(|warning| warning["file"].as_str().unwrap())
        .collect();
    assert_eq!(files, ["elsewhere", "segments/1.seg"]);
    let printed = audited_text(&home, 3);
    assert!(
        printed.contains(
            "[warn] elsewhere: a link out of the state directory, which is not followed (BTN-G06)\n"
        ),
        "{printed}"
    );
}

#[test]
fn bytes_for_which_the_steps_do_not_last_are_named() {
    let home = Home::used();
    home.write("run.log", ["ey", "J"].concat().repeat(50_000).as_bytes());
    let report = audited(&home, 3);
    let warnings = serde_json::json!([{
        "code": "BTN-G06",
        "file": "run.log",
        "reason": "the steps of the guard do not last for these bytes",
        "start": "0",
    }]);
    assert_eq!(report["warnings"], warnings);
}

/// docs/doctor.md shows what this prints; BATON_WRITE=1 writes it anew.
#[cfg(unix)]
#[test]
fn the_audit_of_the_docs_is_what_is_printed() {
    const BEGIN: &str = "<!-- Written by rust/doctor/tests/audit.rs. Not to be edited. -->\n```\n";
    const END: &str = "```\n<!-- End of what an audit prints. -->\n";
    let home = Home::new();
    home.make();
    home.write_key(7);
    let tokens = tokens();
    let token = |rule: &str| {
        let mut found = tokens.iter().filter(|token| token.rules[0].0 == rule);
        found.next().unwrap().text.as_str()
    };
    let said = |n, text: &str| note(NOW, HERE, n, text).encode_to_vec();
    let mut newer = said(3, "Look at the parser");
    push_length_delimited(&mut newer, 90, token("npm").as_bytes());
    let segment = build::segment(9, 9)
        .record(19, &said(1, "The parser takes empty lists now"))
        .record(
            19,
            &said(2, &format!("Use {} for it", token("github-classic"))),
        )
        .record(19, &newer)
        .raw(format!("User: {}", token("openai-project")).as_bytes());
    home.write(&format!("segments/{}.seg", "09".repeat(16)), &segment.bytes);
    home.write(
        "run.log",
        format!("token {}\n", token("gitlab-pat")).as_bytes(),
    );
    std::os::unix::fs::symlink("/var/log", home.dir.join("logs")).unwrap();
    let printed = format!("$ opencode-proxy-doctor audit\n{}", audited_text(&home, 1));
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

/// Neither waits for a writer nor reads without end.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_a_warning() {
    let home = Home::used();
    let socket = std::os::unix::net::UnixListener::bind(home.dir.join("socket")).unwrap();
    let pipe = home.segments().join("pipe.seg");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let report = audited(&home, 3);
    assert_eq!(report["warningsTotal"], "2", "{report}");
    drop(socket);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_named_and_the_rest_is_looked_at() {
    use std::io::Write as _;
    use std::os::unix::fs::chown;
    use std::os::unix::process::CommandExt as _;
    const OTHER: u32 = 54_321;
    let home = Home::used();
    fs::create_dir(home.dir.join("locks")).unwrap();
    let log = "first line\n";
    home.write("run.log", log.as_bytes());
    let mut doctor = home.doctor(&["audit", "--json"]);
    if rustix::process::geteuid().is_root() {
        // Root reads everything, so another user looks, to whom all of it belongs.
        for path in below(home.folder.path()) {
            chown(path, Some(OTHER), Some(OTHER)).unwrap();
        }
        doctor.uid(OTHER).gid(OTHER);
    }
    let segment = home.segment();
    home::set_mode(&segment, 0);
    home::set_mode(&home.dir.join("locks"), 0);
    let Ok(output) = doctor.output() else {
        let _ = writeln!(
            std::io::stderr(),
            "[skip] audit: another user may not run the doctor here"
        );
        return;
    };
    let run = Run::of(output);
    home::set_mode(&home.dir.join("locks"), 0o700);
    assert_eq!(run.code, Some(3), "{run:?}");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let name = segment.file_name().unwrap().to_str().unwrap();
    let warnings = serde_json::json!([
        { "code": "BTN-G06", "file": "locks", "reason": "permission denied" },
        { "code": "BTN-G06", "file": format!("segments/{name}"), "reason": "permission denied" },
    ]);
    assert_eq!(report["warnings"], warnings);
    assert_eq!(report["otherBytes"], (32 + log.len()).to_string());
}

/// A folder and all that lies in it.
#[cfg(unix)]
fn below(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let inside = entries.filter(|entry| !entry.file_type().unwrap().is_symlink());
    let mut all: Vec<PathBuf> = inside.flat_map(|entry| below(&entry.path())).collect();
    all.push(path.to_owned());
    all
}
