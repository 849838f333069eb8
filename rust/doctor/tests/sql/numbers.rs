//! The numbers of `sql` are those of `status --json`, `usage --json` and `export --jsonl`.

use baton_state::r#gen::tables::KINDS;
use serde_json::Value;

use crate::home::{self, Home, Run};
use crate::page::question;
use crate::{rows, week};

fn document(home: &Home, arguments: &[&str]) -> Value {
    serde_json::from_str(&home.run(arguments).answer()).unwrap()
}

#[test]
fn every_kind_has_a_table_and_what_holds_of_it_is_what_status_shows() {
    let home = week::home();
    let status = document(&home, &["status", "--json"]);
    let export = home.run(&["export", "--jsonl"]).answer();
    let lines: Vec<Value> = export
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let workspaces = status["workspaces"].as_array().unwrap();
    let (mut lists, mut seen) = (0, 0);
    for kind in KINDS {
        let of_kind = rows(
            &home,
            &format!("SELECT * FROM {} ORDER BY writer, seq", kind.name),
        );
        let exported: Vec<&Value> = lines
            .iter()
            .filter(|line| line["kind"] == kind.name)
            .collect();
        assert_eq!(of_kind.len(), exported.len(), "{}", kind.name);
        seen += usize::from(!exported.is_empty());
        for (row, line) in of_kind.iter().zip(exported) {
            assert_eq!(
                (&row["writer"], &row["segment"]),
                (&line["writer"], &line["segment"])
            );
            assert_eq!(row["stamp"], line["stamp"]);
            assert_eq!(
                row["workspace"],
                line["record"].get("workspace").cloned().unwrap_or_default()
            );
        }
        // The list is named by the status message, so it is looked for there by its kind.
        let is_list = |(_, list): &(&String, &Value)| {
            let mut records = list.as_array().into_iter().flatten();
            records.any(|record| record.get(kind.json_name).is_some())
        };
        let states = workspaces.iter().chain([&status["machine"]]);
        let mut shown = Vec::new();
        let mut name = None;
        for state in states {
            if let Some((list, records)) = state.as_object().unwrap().iter().find(is_list) {
                name = Some(list.clone());
                shown.extend(records.as_array().unwrap());
            }
        }
        let Some(name) = name else { continue };
        lists += 1;
        let held = rows(&home, &format!("SELECT * FROM {name}"));
        let told = |value: &Value| value.as_str().unwrap().to_owned();
        let held: Vec<String> = held.iter().map(|row| told(&row["stamp"])).collect();
        let shown: Vec<String> = shown.iter().map(|record| told(&record["stamp"])).collect();
        assert_eq!(held.len(), shown.len(), "{name}");
        let sorted = |mut stamps: Vec<String>| {
            stamps.sort();
            stamps
        };
        assert_eq!(sorted(held), sorted(shown), "{name}");
    }
    assert!(seen >= 9 && lists >= 8, "{seen} kinds, {lists} lists");
}

#[test]
fn actions_pointers_models_and_notes_are_those_of_status() {
    let home = week::home();
    let status = document(&home, &["status", "--json"]);
    let of_workspaces = |list: &str| -> Vec<Value> {
        let workspaces = status["workspaces"].as_array().unwrap().iter();
        let lists = workspaces.filter_map(|workspace| workspace[list].as_array());
        lists.flatten().cloned().collect()
    };
    let unfinished = of_workspaces("actions")
        .into_iter()
        .filter(|action| {
            let state = action["nextAction"]["state"].as_str().unwrap();
            ["ACTION_STATE_OPEN", "ACTION_STATE_CLAIMED"].contains(&state)
        })
        .count();
    assert_eq!(question(&home, 3).len(), unfinished);
    assert_eq!(unfinished, 2);
    let active = of_workspaces("pointers")
        .into_iter()
        .filter(|pointer| pointer["pointer"]["active"] == true)
        .count();
    assert_eq!(question(&home, 4).len(), active);
    assert_eq!(question(&home, 10).len(), of_workspaces("notes").len());
    let models = status["machine"]["models"].as_array().unwrap();
    let rows = question(&home, 8);
    assert_eq!(rows.len(), models.len());
    for model in models {
        let health = &model["modelHealth"];
        let row = rows
            .iter()
            .find(|row| row["model"] == health["model"])
            .unwrap();
        let state = row["state"].as_str().unwrap().to_uppercase();
        assert_eq!(health["state"], format!("MODEL_STATE_{state}"));
        let left = health["limitResetsAt"]
            .as_str()
            .map(|at| (at.parse::<i64>().unwrap() - home::NOW) / 60_000);
        assert_eq!(row["minutes"].as_i64(), left);
    }
}

#[test]
fn usage_has_the_numbers_of_usage_json_and_of_status() {
    let home = week::home();
    for zone in ["UTC", "Pacific/Auckland", "America/Los_Angeles"] {
        let ask = |arguments: &[&str]| -> Value {
            let mut doctor = home.doctor(arguments);
            let run = Run::of(doctor.env("TZ", zone).output().unwrap());
            serde_json::from_str(&run.answer()).unwrap()
        };
        let usage = ask(&["usage", "--json", "--days", "31"]);
        let list = |value: &Value| value.as_array().unwrap().clone();
        let busy: Vec<Value> = list(&usage["by_day"])
            .into_iter()
            .filter(|day| day["requests"] != 0)
            .collect();
        let days = list(&ask(&["sql", "--json", "SELECT * FROM usage_per_day"]));
        assert!(busy.len() >= 6, "{zone}");
        compare(&days, &busy, &["day"]);
        let by_model: Vec<Value> = busy
            .iter()
            .flat_map(|day| {
                list(&day["by_model"]).into_iter().map(|mut model| {
                    model["day"] = day["day"].clone();
                    model
                })
            })
            .collect();
        let models = list(&ask(&["sql", "--json", "SELECT * FROM usage_per_model"]));
        compare(&models, &by_model, &["day", "model"]);
        let last = list(&ask(&["sql", "--json", "SELECT * FROM usage_24h"]));
        compare(&last, &list(&usage["by_model_24h"]), &["model"]);
        let sum = |rows: &[Value], key: &str| -> f64 {
            rows.iter().map(|row| row[key].as_f64().unwrap()).sum()
        };
        for key in ["requests", "total_tokens", "rate_limited"] {
            assert_eq!(sum(&days, key), usage["totals"][key].as_f64().unwrap());
            assert_eq!(sum(&models, key), sum(&days, key));
        }
        for row in days.iter().chain(&models).chain(&last) {
            let apart = sum(std::slice::from_ref(row), "reported_tokens")
                + sum(std::slice::from_ref(row), "estimated_tokens");
            assert_eq!(row["total_tokens"].as_f64(), Some(apart), "{row}");
        }
        let status = ask(&["status", "--json"]);
        let counted = list(&status["machine"]["usage"]);
        assert_eq!(counted.len(), last.len());
        for model in counted {
            let row = last
                .iter()
                .find(|row| row["model"] == model["model"])
                .unwrap();
            for (column, key) in [
                ("requests", "requests"),
                ("fail", "failures"),
                ("rate_limited", "rateLimited"),
                ("reported_tokens", "reportedTokens"),
                ("estimated_tokens", "estimatedTokens"),
            ] {
                assert_eq!(
                    row[column].to_string(),
                    model[key].as_str().unwrap(),
                    "{column}"
                );
            }
        }
    }
}

/// Every number of `usage --json` stands in the row of the same keys, in the same order.
fn compare(rows: &[Value], expected: &[Value], keys: &[&str]) {
    assert_eq!(rows.len(), expected.len());
    for (row, expected) in rows.iter().zip(expected) {
        for key in keys {
            assert_eq!(row[key], expected[key]);
        }
        let mut compared = 0;
        for (key, value) in expected.as_object().unwrap() {
            if key != "by_model" {
                let same = match (row[key].as_f64(), value.as_f64()) {
                    (Some(a), Some(b)) => a == b,
                    _ => row[key] == *value,
                };
                assert!(same, "{key}: {} {value}", row[key]);
                compared += 1;
            }
        }
        assert!(compared >= 13, "{expected}");
    }
}

#[test]
fn limits_and_tokens_of_the_questions_are_those_of_usage() {
    let home = week::home();
    let usage = document(&home, &["usage", "--json", "--days", "31"]);
    let of_days = question(&home, 5);
    let totals = &usage["totals"];
    let sum = |rows: &[Value], key: &str| -> u64 {
        rows.iter().map(|row| row[key].as_u64().unwrap()).sum()
    };
    let tokens = sum(&of_days, "reported_tokens") + sum(&of_days, "estimated_tokens");
    assert_eq!(totals["total_tokens"].as_u64(), Some(tokens));
    let limited = question(&home, 6);
    assert_eq!(
        totals["rate_limited"].as_u64(),
        Some(sum(&limited, "limited"))
    );
    assert_eq!(totals["requests"].as_u64(), Some(sum(&limited, "requests")));
    let day = question(&home, 7);
    let of_day: Vec<&Value> = usage["by_model_24h"].as_array().unwrap().iter().collect();
    assert_eq!(day.len(), of_day.len());
    assert_eq!(day[0]["latency_ms_avg"], of_day[0]["latency_ms_avg"]);
    // The twin that an import added counts once in a sum, and stands twice in the list of records.
    let recorded = rows(&home, "SELECT count(*) AS n FROM usage_event");
    assert_eq!(
        recorded[0]["n"].as_u64(),
        totals["requests"].as_u64().map(|n| n + 1)
    );
}
