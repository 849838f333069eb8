//! What the page of `report` tells, and what it never does.

mod home;
mod page;

use std::fs;

use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{
    ActionState, ModelState, NextAction, NoteCategory, Record, UsageEvent, Validation,
    ValidationSource,
};
use home::{DAY, HERE, Home, NOW, branch, header, model, note, record, segment_of, usage};
use page::{Page, page};
use prost::Message;

fn check(at: i64, workspace: &str, command: &str, exit: Option<i32>) -> Record {
    let validation = Validation {
        command: Some(command.to_owned()),
        exit_code: exit,
        source: Some(ValidationSource::Run.into()),
        ..Validation::default()
    };
    record(at, Some(workspace), Kind::Validation(validation))
}

fn blocker(at: i64, id: u64, text: &str) -> Record {
    let mut blocker = note(at, HERE, id, text);
    if let Some(Kind::HandoffNote(note)) = &mut blocker.kind {
        note.category = Some(NoteCategory::Blocker.into());
    }
    blocker
}

fn action(at: i64, id: u64, text: &str, state: ActionState, lease_until: Option<i64>) -> Record {
    let action = NextAction {
        id: Some(format!("a-{id:016x}")),
        text: Some(text.to_owned()),
        state: Some(state.into()),
        claimer: lease_until.map(|_| "codex".to_owned()),
        lease_until,
        ..NextAction::default()
    };
    record(at, Some(HERE), Kind::NextAction(action))
}

/// A request: of a model, with its tokens reported or estimated, or turned away by a limit until an instant.
fn request(at: i64, model: &str, tokens: u64, estimated: bool, limit: Option<i64>) -> Record {
    let mut request = usage(at);
    if let Some(Kind::UsageEvent(event)) = &mut request.kind {
        *event = UsageEvent {
            model: Some(model.to_owned()),
            total_tokens: Some(tokens),
            usage_reported: Some(!estimated && limit.is_none()),
            usage_estimated: Some(estimated),
            ok: Some(limit.is_none()),
            status: Some(if limit.is_some() { 429 } else { 200 }),
            rate_limited: Some(limit.is_some()),
            limit_reset_at_ts: limit.map(|until| until as f64),
            error_class: limit.map(|_| "rate_limit".to_owned()),
            ..event.clone()
        };
    }
    request
}

#[test]
fn it_tells_where_the_work_stands_and_what_needs_a_look() {
    let home = Home::used();
    home.record(&[
        blocker(NOW - 9000, 7, "Ask before the mock is changed"),
        check(NOW - 3 * DAY, HERE, "npm test", Some(0)),
        check(NOW - 2 * DAY, HERE, "npm test", Some(1)),
        check(NOW - 8000, "github.com/owner/other", "cargo test", Some(0)),
        action(NOW - 7000, 1, "Write the fixture", ActionState::Open, None),
        action(
            NOW - 6000,
            2,
            "Answer the review",
            ActionState::Claimed,
            Some(NOW + 90_000),
        ),
        action(
            NOW - 5000,
            3,
            "Rebase",
            ActionState::Claimed,
            Some(NOW - 60_000),
        ),
        action(NOW - 4000, 4, "Tidy up", ActionState::Done, None),
    ]);
    let page = page(&home, &[]);
    let work = page.text_between("Where the work stands", "Timeline of checks");
    for told in [
        "feature/empty-list",
        "blocker Ask before the mock is changed",
        "open Write the fixture",
        "claimed Answer the review by codex, lease 2m left",
        "open Rebase lease of codex ended 1m ago",
        "1 finished",
        "exit 1 npm test unknown · 2d ago",
        "note Look at the parser",
    ] {
        assert!(work.contains(told), "{told} is not in\n{work}");
    }
    // The card has the last run of a check; the timeline has them all.
    assert!(
        !work.contains("Tidy up") && !work.contains("3d ago"),
        "{work}"
    );
    let timeline = page.text_between("Timeline of checks", "Usage");
    assert!(
        timeline.contains("2 passed") && timeline.contains("1 failed"),
        "{timeline}"
    );
    let glance = page.text_between("At a glance", "Where the work stands");
    for told in [
        "3 1 claimed",
        "1 of 2 passed, 1 failed",
        "check failed npm test",
        "lease ended Rebase",
    ] {
        assert!(glance.contains(told), "{told} is not in\n{glance}");
    }
}

#[test]
fn its_usage_is_that_of_the_usage_command_with_reported_and_estimated_tokens_apart() {
    let home = Home::new();
    home.make();
    home.write_key(7);
    let mut requests: Vec<Record> = (0..40)
        .map(|n| request(NOW - n * DAY / 2, "vendor/one", 1_000_003, n % 4 == 0, None))
        .collect();
    requests.push(requests[0].clone());
    requests.push(request(NOW - DAY, "vendor/two", 5, false, Some(NOW + DAY)));
    requests.push(request(NOW - 45 * DAY, "vendor/one", 77, false, None));
    home.record(&requests);
    let told = home.run(&["usage", "--days", "30", "--json"]).answer();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let totals = &told["totals"];
    assert_eq!(
        (&totals["requests"], &totals["fail"]),
        (&41.into(), &1.into())
    );
    let usage = page(&home, &[]).text_between(
        "Usage by model, most requests first",
        "Tokens per day, by model",
    );
    assert!(
        usage.contains("vendor/one 40 0 0 30,000,090 10,000,030"),
        "{usage}"
    );
    assert!(usage.contains("vendor/two 1 1 1 0 0"), "{usage}");
    assert!(
        usage.contains("all 41 1 1 30,000,090 10,000,030"),
        "{usage}"
    );
    let sum = 30_000_090.0 + 10_000_030.0 + 5.0;
    assert_eq!(
        totals["total_tokens"].as_f64(),
        Some(sum),
        "the tokens of a refused request count there alone"
    );
    let limits = page(&home, &["--days", "2"])
        .text_between("When models were limited", "Models and runtimes");
    assert!(
        limits.contains("vendor/two") && limits.contains("1 time"),
        "{limits}"
    );
}

#[test]
fn what_is_stored_is_told_with_the_days_that_the_configuration_sets() {
    let home = Home::used();
    home.write(
        "config.json",
        br#"{"retention":[{"kind":"usage_event","days":12}]}"#,
    );
    let page = page(&home, &[]);
    let stored = page.text_between("What is stored", "Made by");
    assert!(stored.contains("8 records in 1 segment, "), "{stored}");
    assert!(stored.contains("All of it is sound."), "{stored}");
    for (kind, days) in [
        ("usage event 5", "12 days"),
        ("handoff note 1", "30 days"),
        ("validation 0", "the last one always"),
    ] {
        let row = stored
            .split(kind)
            .nth(1)
            .unwrap_or_else(|| panic!("{kind} is not in {stored}"));
        assert!(
            row.split("usage").next().unwrap().contains(days),
            "{kind}: {row}"
        );
    }
    assert!(page.text().contains("Requests are shown for 12 days."));
}

#[test]
fn a_damaged_directory_is_said_to_be_one() {
    let home = Home::used();
    let mut bytes = fs::read(home.segment()).unwrap();
    bytes[200] ^= 1;
    fs::write(home.segment(), bytes).unwrap();
    let text = page(&home, &[]).text();
    assert!(text.contains("state directory 1 corrupt range"), "{text}");
    assert!(!text.contains("All of it is sound."));
}

#[test]
fn of_nothing_it_says_what_would_stand_there_and_makes_nothing() {
    let home = Home::new();
    let page = page(&home, &[]);
    for told in [
        "Nothing: no blocker",
        "No workspace has a record yet.",
        "No check and no note",
        "No request was recorded",
        "No request failed",
        "No model was used yet",
    ] {
        assert!(page.text().contains(told), "{told}");
    }
    page.assert_sound();
    assert!(!home.dir.exists());
}

#[test]
fn the_same_state_gives_the_same_bytes_and_no_path_of_this_machine() {
    let home = Home::used();
    let first = page(&home, &[]);
    assert_eq!(first, page(&home, &[]));
    let folder = home.folder.path().to_string_lossy().into_owned();
    assert!(!first.html.contains(&folder));
    first.assert_sound();
    let other = home
        .doctor(&["report", "-o", "-"])
        .env("TZ", "Asia/Kolkata")
        .output()
        .unwrap();
    let other = String::from_utf8(other.stdout).unwrap();
    assert!(
        other.contains("2026-09-21 19:43") && other.contains("UTC+05:30"),
        "{other}"
    );
}

#[test]
fn hostile_text_is_text() {
    let home = Home::used();
    let markup = "</style></title><script>alert(1)</script><img src=x onerror=alert(2)>\u{202e}\u{0}\u{200b}\" onload='x' \u{1b}[31m";
    let mut texts = note(NOW, HERE, 1, "x");
    let mut commands = check(NOW, HERE, "x", Some(1));
    let mut models = model(NOW, "x", ModelState::Limited);
    let mut requests = request(NOW, "x", 1, false, None);
    let mut workspaces = branch(NOW);
    let mut actions = action(NOW, 9, "x", ActionState::Claimed, Some(NOW + 1));
    for record in [
        &mut texts,
        &mut commands,
        &mut models,
        &mut requests,
        &mut workspaces,
        &mut actions,
    ] {
        record.session = Some(markup.to_owned());
        match &mut record.kind {
            Some(Kind::HandoffNote(note)) => note.text = Some(markup.to_owned()),
            Some(Kind::Validation(check)) => {
                check.command = Some(markup.to_owned());
                check.label = Some(markup.to_owned());
            }
            Some(Kind::ModelHealth(health)) => {
                health.model = Some(markup.to_owned());
                health.provider = Some(markup.to_owned());
            }
            Some(Kind::UsageEvent(event)) => {
                event.model = Some(markup.to_owned());
                event.error_class = Some(markup.to_owned());
                event.ok = Some(false);
            }
            Some(Kind::Pointer(pointer)) => pointer.r#ref = Some(markup.to_owned()),
            Some(Kind::NextAction(action)) => {
                action.text = Some(markup.to_owned());
                action.claimer = Some(markup.to_owned());
            }
            _ => {}
        }
        if record.workspace.is_some() {
            record.workspace = Some(markup.to_owned());
        }
    }
    let kinds = [
        (19, texts),
        (17, commands),
        (21, models),
        (23, requests),
        (16, workspaces),
        (20, actions),
    ];
    for ((kind, record), id) in kinds.into_iter().zip(3..) {
        let bytes = segment_of(&header(id), kind, &record.encode_to_vec());
        fs::write(home.segments().join(format!("{id}.seg")), bytes).unwrap();
    }
    let page = page(&home, &[]);
    page.assert_sound();
    assert!(
        page.html.matches("&#60;script&#62;alert(1)").count() >= 10,
        "{}",
        page.html
    );
    assert!(
        !page
            .html
            .contains(['\u{202e}', '\u{0}', '\u{200b}', '\u{1b}'])
    );
    assert!(page.html.contains("\\u{202e}\\u{0}\\u{200b}"));
}

#[test]
fn what_is_left_out_is_counted_and_the_page_stays_small() {
    let home = Home::new();
    home.make();
    home.write_key(7);
    let mut records = Vec::new();
    for n in 0..40 {
        records.push(note(
            NOW - n,
            &format!("github.com/owner/number-{n}"),
            n as u64,
            "One of many",
        ));
        let name = format!("vendor/model-{n:02}");
        records.push(model(NOW - n, &name, ModelState::Error));
        records.extend((0..30).map(|day| {
            request(
                NOW - day * DAY - n,
                &name,
                3,
                false,
                (n < 20 && day > 0).then_some(NOW - day * DAY + 5),
            )
        }));
    }
    for n in 0..400 {
        let text = format!("{n} {}", "internationalisation ".repeat(8));
        records.push(note(NOW - 1000 * n, HERE, 1000 + n as u64, &text));
        let mut run = check(NOW - 1000 * n, HERE, "npm test", Some((n % 2) as i32));
        if let Some(Kind::Validation(check)) = &mut run.kind {
            check.argv_digest = Some(format!("{n:032x}"));
        }
        records.push(run);
        records.push(action(
            NOW - 1000 * n,
            n as u64,
            &text,
            ActionState::Open,
            None,
        ));
    }
    home.record(&records);
    let page = page(&home, &[]);
    page.assert_sound();
    let text = page.text();
    for told in [
        // 41 workspaces, of which 12 have cards.
        "+29 more workspaces, opencode-proxy-doctor status lists them",
        // 10 of the notes, checks and actions.
        "+390 more, opencode-proxy-doctor status lists them",
        // 200 checks that failed, 40 models in error; 8 are listed.
        "+232 more, in the sections below",
        // 840 checks and notes, of which 120 are listed.
        "100 earlier",
        "+720 more before that, opencode-proxy-doctor dump lists them",
        // 7 models and the others.
        "33 others 990",
        // 20 models with 29 spans each.
        "+520 more, older",
        "12 more in the table.",
    ] {
        assert!(text.contains(told), "{told} is not in\n{text}");
    }
    assert!(page.html.len() <= 300_000, "{} bytes", page.html.len());
}

#[test]
fn a_text_without_end_is_cut_where_that_shows() {
    let home = Home::used();
    let mut long = note(NOW, HERE, 1, "x");
    if let Some(Kind::HandoffNote(note)) = &mut long.kind {
        note.text = Some("é".repeat(1500));
    }
    let bytes = segment_of(&header(3), 19, &long.encode_to_vec());
    fs::write(home.segments().join("3.seg"), bytes).unwrap();
    let text = page(&home, &[]).text();
    assert!(text.contains(&format!("{}…", "é".repeat(300))));
    assert!(!text.contains(&"é".repeat(301)));
}

#[test]
fn every_colour_can_be_read_on_its_ground_in_light_and_in_dark() {
    let page = page(&Home::used(), &[]);
    for scheme in page.schemes() {
        let ratio = |a: &str, b: &str| page::contrast(scheme[a], scheme[b]);
        for text in ["ink", "soft", "link", "good", "warn", "bad"] {
            assert!(
                ratio(text, "page") >= 4.5,
                "{text}: {}",
                ratio(text, "page")
            );
        }
        for shape in ["reported", "passed", "failed", "limit", "unproven"] {
            for ground in ["page", "panel"] {
                assert!(
                    ratio(shape, ground) >= 3.0,
                    "{shape}: {}",
                    ratio(shape, ground)
                );
            }
        }
        assert_eq!(scheme.len(), 14, "a colour that is not looked at");
    }
}

#[test]
fn the_policy_is_of_this_style_and_allows_nothing_else() {
    let page: Page = page(&Home::used(), &[]);
    assert_eq!(page.policy(), page::policy_of(page.style()));
}
