//! docs/sql.md: its questions are asked and answered, and its list of tables is that of the program. With BATON_ACCEPT=1 both
//! are written anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;

use serde_json::Value;

use crate::home::{Home, Run};
use crate::{rows, week};

/// Held by whoever may write the page.
static PAGE: Mutex<()> = Mutex::new(());

/// A question of the page.
struct Question {
    title: String,
    sql: String,
    answer: String,
}

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/sql.md")
}

fn questions(page: &str) -> Vec<Question> {
    let (_, rest) = page.split_once("\n## Ten questions\n").unwrap();
    let (questions, _) = rest.split_once("\n## Tables\n").unwrap();
    let fenced = |text: &str, kind: &str| -> String {
        let (_, rest) = text.split_once(&format!("```{kind}\n")).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    questions
        .split("\n### ")
        .skip(1)
        .map(|text| Question {
            title: text.lines().next().unwrap().to_owned(),
            sql: fenced(text, "sql"),
            answer: fenced(text, "text"),
        })
        .collect()
}

fn is_accepting() -> bool {
    std::env::var_os("BATON_ACCEPT").is_some()
}

#[test]
fn every_question_of_the_page_has_the_answer_that_stands_there() {
    let home = week::home();
    let _page = PAGE.lock();
    let mut page = fs::read_to_string(page()).unwrap();
    let questions = questions(&page);
    assert_eq!(questions.len(), 10);
    for Question { title, sql, answer } in questions {
        let given = Run::of(home.doctor(&["sql", &sql]).output().unwrap()).answer();
        if is_accepting() {
            let old = format!("```sql\n{sql}```\n\n```text\n{answer}```");
            let new = format!("```sql\n{sql}```\n\n```text\n{given}```");
            page = page.replace(&old, &new);
        } else {
            assert_eq!(given, answer, "{title}");
        }
    }
    if is_accepting() {
        fs::write(self::page(), page).unwrap();
    }
}

#[test]
fn the_list_of_tables_on_the_page_is_the_one_of_the_program() {
    let home = Home::new();
    let mut lines = vec!["| table | what its rows are | columns |".to_owned()];
    lines.push("|---|---|---|".to_owned());
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    for table in rows(&home, "SELECT name, sql FROM sqlite_schema") {
        let (name, sql) = (
            table["name"].as_str().unwrap(),
            table["sql"].as_str().unwrap(),
        );
        let what = sql.lines().next().unwrap().split_once("-- ").unwrap().1;
        let columns = rows(
            &home,
            &format!("SELECT name FROM pragma_table_info('{name}')"),
        );
        let columns: Vec<String> = columns
            .iter()
            .map(|column| format!("`{}`", column["name"].as_str().unwrap()))
            .collect();
        let columns = columns.join(", ");
        let told = told
            .entry(columns.clone())
            .or_insert_with(|| format!("as `{name}`"));
        let is_first = *told == format!("as `{name}`");
        let columns = if is_first { &columns } else { &*told };
        lines.push(format!("| `{name}` | {what} | {columns} |"));
    }
    let list = lines.join("\n") + "\n";
    let _page = PAGE.lock();
    let text = fs::read_to_string(page()).unwrap();
    let (before, there) = text.split_at(text.find("\n| table |").map_or(text.len(), |at| at + 1));
    if is_accepting() {
        fs::write(page(), format!("{before}{list}")).unwrap();
    } else {
        assert_eq!(there, list);
    }
}

/// The rows that answer a question of the page.
pub fn question(home: &Home, number: usize) -> Vec<Value> {
    let held = PAGE.lock();
    let page = fs::read_to_string(page()).unwrap();
    drop(held);
    rows(home, &questions(&page)[number - 1].sql)
}
