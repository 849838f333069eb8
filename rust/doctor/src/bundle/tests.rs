//! Nothing that is refused gets into a bundle, whatever a field of it is given.

use baton_state::r#gen::tables::SUPPORT_BUNDLE;
use baton_state::json::json_of_bytes;
use baton_state::proto::support::v1::Bundle;
use baton_state::record::schema::MessageTable;
use baton_state::record::wire::push_length_delimited;
use prost::Message as _;

use super::audited;
use super::guarded::print;
use super::known::Known;
use super::secrets::{found, secrets};
use crate::checks::Clients;

/// A bundle in which every text of every message is this one.
fn filled(table: &MessageTable, text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in table.fields {
        match (field.message, field.text) {
            (Some(inner), _) => {
                push_length_delimited(&mut bytes, field.number, &filled(inner, text))
            }
            (None, Some(_)) => push_length_delimited(&mut bytes, field.number, text.as_bytes()),
            (None, None) => {}
        }
    }
    bytes
}

fn texts(table: &MessageTable) -> usize {
    let texts = table.fields.iter().map(|field| match field.message {
        Some(inner) => texts(inner),
        None => usize::from(field.text.is_some()),
    });
    texts.sum()
}

fn known(env: &[(&str, &str)]) -> Known {
    let mut clients = Clients::new("/srv/state-of-acme".as_ref(), true);
    clients.env = env
        .iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    clients.user = "/home/zoe".into();
    clients.dir = "/work/acme/billing".into();
    Known::new(
        &clients,
        &["acme/model-of-acme".to_owned()].into(),
        &["node"],
    )
}

#[test]
fn no_secret_passes_through_any_field_and_without_the_guard_all_would() {
    let known = known(&[]);
    for secret in secrets() {
        let bytes = filled(&SUPPORT_BUNDLE, &secret);
        let planted = [secret];
        let unguarded = json_of_bytes(SUPPORT_BUNDLE.name, &bytes).unwrap();
        assert_eq!(found(&planted, &unguarded).len(), 1, "the search is blind");
        let bundle = Bundle::decode(bytes.as_slice()).unwrap();
        let text = print(&bundle, &known).unwrap();
        assert_eq!(found(&planted, &text), Vec::<&str>::new());
        let count = texts(&SUPPORT_BUNDLE);
        assert!(text.contains(&format!("\"leftOut\": {count}")), "{text}");
        assert_eq!(text.matches("[left out: ").count(), count);
    }
}

#[test]
fn what_is_known_of_the_machine_is_refused_by_its_rule() {
    let known = known(&[
        ("PLAIN", "a plain value of some length"),
        ("MY_TOKEN", "x7q9"),
        ("SHORT", "x7q"),
        ("LIST", "short:a-longer-part-of-a-list"),
        ("USER", "Zoe"),
        ("LOGNAME", "node"),
        ("HOSTNAME", "turing"),
        ("NODE_VERSION", "20.19.43"),
    ]);
    for (text, masked) in [
        (
            "seen: A plain VALUE of some length!",
            "seen: [left out: environment]!",
        ),
        (
            "it says x7q9 twice, x7q9",
            "it says [left out: environment] twice, [left out: environment]",
        ),
        ("it says x7q", "it says x7q"),
        ("of a-longer-part-of-a-list", "of [left out: environment]"),
        ("node 20.19.43", "node 20.19.43"),
        ("zoe has it", "[left out: name] has it"),
        ("zoes", "zoes"),
        ("at turing:80", "at [left out: name]:80"),
        ("in billing, it", "in [left out: name], it"),
        ("in /work/acme/billing/x", "in [left out: path]"),
        ("in /srv/state-of-acme", "in [left out: path]"),
        ("in (/opt/else)", "in ([left out: path])"),
        (r"in d:\else", "in [left out: path]"),
        ("below ~somebody", "below [left out: path]"),
        (
            "limited: acme/model-of-acme, other",
            "limited: [left out: model], other",
        ),
        ("limited: model-of-acme", "limited: [left out: model]"),
    ] {
        let (text, count) = known.masked(text);
        assert_eq!(text, masked);
        assert_eq!(count as usize, masked.matches("[left out").count());
    }
    for text in [
        "see ~/.codex/config.toml: line 3",
        "1/2 of the time, and/or /metrics, /v1/models",
        "the index is sound and up to date",
    ] {
        assert_eq!(known.masked(text), (text.to_owned(), 0));
    }
}

#[test]
fn what_the_schema_does_not_have_is_dropped_and_what_is_allowed_stays() {
    let known = known(&[]);
    let mut bytes = filled(&SUPPORT_BUNDLE, "ok");
    push_length_delimited(&mut bytes, 999, b"anything");
    let bundle = Bundle::decode(bytes.as_slice()).unwrap();
    let text = print(&bundle, &known).unwrap();
    assert!(!text.contains("anything"));
    assert!(text.contains("\"message\": \"ok\""), "{text}");
}

#[test]
fn a_finished_text_that_holds_a_token_is_refused_by_its_rule_and_without_the_token() {
    let (mut refused, mut passed) = (0, 0);
    for secret in secrets() {
        let text = format!("{{\n  \"madeAt\": \"{secret}\"\n}}\n");
        match audited(text.clone(), None) {
            Ok(same) => {
                assert_eq!(same, text);
                passed += 1;
            }
            Err(error) => {
                assert_eq!(error.code(), "BTN-G07");
                assert!(!error.to_string().contains(&secret), "a secret is printed");
                refused += 1;
            }
        }
    }
    // What only a name beside it gives away is the guard's.
    assert!(refused > 130 && passed < 60, "{refused} {passed}");
    assert_eq!(audited("{}\n".to_owned(), None).unwrap(), "{}\n");
}
