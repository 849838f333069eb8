//! Summaries against the golden ones that upstream's own code made (`conformance/upstream-goldens.mjs`).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{Record, UsageEvent};
use baton_state::usage::line::events_of_text;
use baton_state::usage::print::usage_summary_json;
use baton_state::usage::stored::events_of_records;
use baton_state::usage::summary::{SummaryOptions, summarize_usage};
use jiff::tz::TimeZone;
use prost::Message;
use serde_json::Value;

/// Set in the processes that the test starts with a TZ of their own.
const ZONE: &str = "BATON_TEST_ZONE";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/usage")
}

fn manifest() -> Value {
    serde_json::from_slice(&std::fs::read(fixtures().join("summaries.json")).unwrap()).unwrap()
}

#[test]
fn summaries_equal_upstreams_under_every_time_zone() {
    if let Ok(zone) = std::env::var(ZONE) {
        return summaries_equal_upstreams(&zone, &TimeZone::system());
    }
    for zone in manifest()["zones"].as_array().unwrap() {
        let zone = zone.as_str().unwrap();
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "summaries_equal_upstreams_under_every_time_zone"])
            .env("TZ", zone)
            .env(ZONE, zone)
            .status()
            .unwrap();
        assert!(status.success(), "TZ={zone}");
    }
}

fn summaries_equal_upstreams(zone: &str, time_zone: &TimeZone) {
    let manifest = manifest();
    for file in manifest["files"].as_array().unwrap() {
        let name = file["name"].as_str().unwrap();
        let now = file["now"].as_i64().unwrap();
        let models: Vec<String> = serde_json::from_value(file["models"].clone()).unwrap();
        let text = std::fs::read(fixtures().join(format!("{name}.jsonl"))).unwrap();
        for days in manifest["days"].as_array().unwrap() {
            let options = SummaryOptions {
                now,
                days: u32::try_from(days.as_u64().unwrap()).unwrap(),
                models: &models,
                time_zone,
                enabled: true,
                path: manifest["path"].as_str().unwrap(),
                retention_days: 30,
            };
            let summary = summarize_usage(events_of_text(&text, now), &options);
            let golden = format!("{name}.{}.{days}.summary.json", zone.replace('/', "-"));
            let expected = std::fs::read_to_string(fixtures().join(&golden)).unwrap();
            assert_eq!(usage_summary_json(&summary) + "\n", expected, "{golden}");
        }
    }
}

#[test]
fn a_day_that_its_zone_skipped_stands_twice_in_the_list() {
    // Samoa went from 29 to 31 December 2011.
    let time_zone = TimeZone::get("Pacific/Apia").unwrap();
    let options = SummaryOptions {
        now: 1_325_289_600_000,
        days: 3,
        models: &[],
        time_zone: &time_zone,
        enabled: true,
        path: "",
        retention_days: 30,
    };
    let summary = summarize_usage([], &options);
    let days: Vec<String> = summary
        .by_day
        .iter()
        .map(|day| day.day.to_string())
        .collect();
    assert_eq!(days, ["2011-12-31", "2011-12-31", "2011-12-29"]);
}

#[test]
fn records_sum_up_to_the_same_whatever_their_order_and_copies() {
    let manifest = manifest();
    let text = std::fs::read_to_string(fixtures().join("mixed.jsonl")).unwrap();
    let mut twins = HashMap::<&str, u32>::new();
    let mut payloads: Vec<Vec<u8>> = text
        .lines()
        .zip(1..)
        .map(|(line, stamp)| {
            let ordinal = twins.entry(line).or_default();
            *ordinal += 1;
            record_of(&serde_json::from_str(line).unwrap(), stamp, *ordinal - 1)
        })
        .collect();
    payloads.extend(payloads.clone());
    payloads.reverse();
    let now = 1_795_372_200_000;
    let events = events_of_records(payloads.iter().map(Vec::as_slice), now - 30 * 86_400_000);
    let options = SummaryOptions {
        now,
        days: 30,
        models: &["m1", "grok-code", "idle-model"].map(str::to_owned),
        time_zone: &TimeZone::get("America/New_York").unwrap(),
        enabled: true,
        path: manifest["path"].as_str().unwrap(),
        retention_days: 30,
    };
    let expected =
        std::fs::read_to_string(fixtures().join("mixed.America-New_York.30.summary.json"));
    assert_eq!(
        usage_summary_json(&summarize_usage(events, &options)) + "\n",
        expected.unwrap()
    );
}

fn record_of(line: &Value, stamp: u64, ordinal: u32) -> Vec<u8> {
    let text = |key: &str| {
        line[key]
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let event = UsageEvent {
        v: Some(1),
        ts: line["ts"].as_f64(),
        day: text("day"),
        model: text("model"),
        returned_model: text("returned_model"),
        status: line["status"]
            .as_u64()
            .and_then(|status| u32::try_from(status).ok()),
        ok: line["ok"].as_bool(),
        latency_ms: line["latency_ms"].as_u64(),
        total_tokens: line["total_tokens"].as_u64(),
        prompt_tokens: line["prompt_tokens"].as_u64(),
        completion_tokens: line["completion_tokens"].as_u64(),
        usage_reported: line["usage_reported"].as_bool(),
        usage_estimated: line["usage_estimated"].as_bool(),
        usage_source: text("usage_source"),
        cost: line["cost"].as_f64(),
        rate_limited: line["rate_limited"].as_bool(),
        retry_after_seconds: line["retry_after_seconds"].as_f64(),
        limit_reset_at: text("limit_reset_at"),
        limit_reset_at_ts: line["limit_reset_at_ts"].as_f64(),
        limit_source: text("limit_source"),
        rate_limit_remaining: line["rate_limit_remaining"].as_f64(),
        rate_limit_limit: line["rate_limit_limit"].as_f64(),
        error_class: text("error_class"),
        ordinal: Some(ordinal),
    };
    Record {
        stamp: Some(stamp),
        observed_at: line["ts"].as_i64(),
        kind: Some(Kind::UsageEvent(event)),
        ..Default::default()
    }
    .encode_to_vec()
}
