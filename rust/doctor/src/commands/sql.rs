//! `sql`: one statement that reads, asked of the records as tables.

use std::io::{self, Read};

use super::context::Context;
use crate::cli::SqlArgs;
use crate::outcome::Outcome;
use crate::sql::answer::{Form, print};
use crate::sql::database::Database;
use baton_native::failure::Failure;

/// Prints the rows as a table, as JSON with `--json`, or as CSV with `--csv`.
pub fn run(context: &mut Context, args: &SqlArgs) -> Result<Outcome, Failure> {
    let mut typed = String::new();
    let sql = if args.statement == "-" {
        io::stdin()
            .read_to_string(&mut typed)
            .map_err(Failure::Input)?;
        &typed
    } else {
        &args.statement
    };
    let form = match (context.out.json, args.csv) {
        (true, _) => Form::Json,
        (_, true) => Form::Csv,
        _ => Form::Table,
    };
    let database = Database::of(sql, &context.home, context.now)?;
    let rows = print(&mut context.out, &mut database.statement(sql)?, form)?;
    if rows == 0 && form == Form::Table {
        context.out.note("no rows");
    }
    Ok(Outcome::Done)
}
