//! The same records in SQLite: `rivals import KEYS.json EXPORT.jsonl DB` and `rivals resume DB WORKSPACE`.
//! KEYS.json maps the JSON name of a kind to the JSON names of its key fields.

#![forbid(unsafe_code)]

use std::{
    env,
    error::Error,
    fs::File,
    io::{BufRead, BufReader},
};

use rusqlite::{Connection, params};
use serde_json::{Map, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["import", keys, export, db] => import(keys, export, db),
        ["resume", db, workspace] => resume(db, workspace),
        _ => Err("usage: rivals import KEYS EXPORT DB | rivals resume DB WORKSPACE".into()),
    }
}

/// Loads every record in one transaction, with the index that a latest-state question needs.
fn import(keys: &str, export: &str, db: &str) -> Result<(), Box<dyn Error>> {
    let keys: Map<String, Value> = serde_json::from_reader(File::open(keys)?)?;
    let mut connection = Connection::open(db)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.execute_batch(
        "CREATE TABLE record (kind TEXT, workspace TEXT, key TEXT, stamp INTEGER, payload TEXT);
         CREATE INDEX latest ON record (workspace, kind, key, stamp);",
    )?;
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare("INSERT INTO record VALUES (?, ?, ?, ?, ?)")?;
        for line in BufReader::with_capacity(1 << 20, File::open(export)?).lines() {
            let line: Value = serde_json::from_str(&line?)?;
            let Some(record) = line["record"].as_object() else { continue };
            let Some((kind, names)) = keys.iter().find(|(kind, _)| record.contains_key(*kind)) else {
                continue;
            };
            let key: Vec<&Value> = names
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(|name| match name.strip_prefix("record.") {
                    Some(name) => record.get(name).unwrap_or(&Value::Null),
                    None => record[kind].get(name).unwrap_or(&Value::Null),
                })
                .collect();
            let stamp: i64 = line["stamp"].as_str().unwrap_or("0").parse()?;
            insert.execute(params![
                kind,
                record.get("workspace").and_then(Value::as_str),
                serde_json::to_string(&key)?,
                stamp,
                serde_json::to_string(record)?,
            ])?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Prints the stamps of the latest record per key of one workspace, in order.
fn resume(db: &str, workspace: &str) -> Result<(), Box<dyn Error>> {
    let connection = Connection::open(db)?;
    let mut latest = connection.prepare(
        "SELECT MAX(stamp) AS stamp, payload FROM record WHERE workspace = ? GROUP BY kind, key ORDER BY stamp",
    )?;
    let mut rows = latest.query([workspace])?;
    while let Some(row) = rows.next()? {
        let (stamp, _payload): (i64, String) = (row.get(0)?, row.get(1)?);
        println!("{stamp}");
    }
    Ok(())
}
