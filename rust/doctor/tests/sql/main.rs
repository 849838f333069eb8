//! `sql` and `export --sqlite` (docs/sql.md).

mod answers;
mod file;
#[path = "../home/mod.rs"]
mod home;
mod numbers;
mod page;
mod refusals;
mod week;

use home::Home;
use serde_json::Value;

/// The rows of `sql --json`.
fn rows(home: &Home, sql: &str) -> Vec<Value> {
    let answer = home.run(&["sql", "--json", sql]).answer();
    serde_json::from_str(&answer).unwrap()
}
