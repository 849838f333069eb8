//! Summaries against the golden ones that upstream's own code made (`conformance/upstream-goldens.mjs`).
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};
use std::process::Command;

use baton_state::usage::line::events_of_text;
use baton_state::usage::summary::{SummaryOptions, summarize_usage, usage_summary_json};
use jiff::tz::TimeZone;
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
