//! A database in memory for one statement: it holds the tables that the statement reads, and lets nothing be written.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use baton_native::failure::Failure;
use baton_state::home::Home;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, Statement};

use super::fill::{Unfilled, fill};
use super::refusal::{of_run, of_statement, reads_only};
use super::table::{Table, tables};

/// What PRAGMA may be asked for: the shape of tables.
const PRAGMAS: [&str; 4] = ["table_info", "table_xinfo", "table_list", "function_list"];

/// A database for one statement.
pub struct Database {
    connection: Connection,
    tables: Vec<Table>,
}

impl Database {
    /// Makes the tables, and fills those that the statement reads with what is true at `now`, in milliseconds since 1970.
    /// Refuses a statement that SQLite does not understand (SQL) or that does more than read (SQL_READS), and what
    /// `read_folder` and `Home::config` refuse.
    pub fn of(sql: &str, home: &Home, now: i64) -> Result<Database, Failure> {
        let mut database = Database::empty().map_err(|error| of_run(&error))?;
        let read = Arc::new(Mutex::new(BTreeSet::new()));
        database
            .only_reading(Arc::clone(&read))
            .map_err(|error| of_run(&error))?;
        database.statement(sql)?;
        let read = std::mem::take(&mut *read.lock().unwrap_or_else(|broken| broken.into_inner()));
        let asked: Vec<&Table> = database
            .tables
            .iter()
            .filter(|table| read.contains(table.name))
            .collect();
        let connection = &mut database.connection;
        connection
            .authorizer(None::<fn(AuthContext<'_>) -> Authorization>)
            .map_err(|error| of_run(&error))?;
        fill(connection, &asked, home, now).map_err(|unfilled| match unfilled {
            Unfilled::Home(error) => error.into(),
            Unfilled::Sqlite(error) => of_run(&error),
        })?;
        database
            .only_reading(Arc::default())
            .map_err(|error| of_run(&error))?;
        Ok(database)
    }

    /// The statement, ready to run. Refuses what `of` refuses of it.
    pub fn statement(&self, sql: &str) -> Result<Statement<'_>, Failure> {
        let prepared = self.connection.prepare(sql);
        let statement = prepared.map_err(|error| of_statement(&error, sql, &self.tables))?;
        if !statement.readonly() || statement.column_count() == 0 {
            return Err(reads_only("it does more than read"));
        }
        if statement.parameter_count() > 0 {
            return Err(reads_only("its parameters have no values"));
        }
        Ok(statement)
    }

    fn empty() -> rusqlite::Result<Database> {
        let connection = Connection::open_in_memory()?;
        // A name in double quotes that is no column is an error, not a text.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        // What is sorted stays in memory, too.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        let tables = tables();
        for table in &tables {
            connection.execute_batch(&table.create())?;
        }
        Ok(Database { connection, tables })
    }

    /// Refuses from now on whatever is not reading, and takes down which tables are read.
    fn only_reading(&mut self, read: Arc<Mutex<BTreeSet<String>>>) -> rusqlite::Result<()> {
        self.connection
            .authorizer(Some(move |context: AuthContext<'_>| match context.action {
                AuthAction::Select | AuthAction::Recursive => Authorization::Allow,
                AuthAction::Read { table_name, .. } => {
                    if let Ok(mut read) = read.lock() {
                        // Where no column is read, SQLite names the table as the statement does.
                        read.insert(table_name.to_ascii_lowercase());
                    }
                    Authorization::Allow
                }
                AuthAction::Function { function_name }
                    if !function_name.eq_ignore_ascii_case("load_extension") =>
                {
                    Authorization::Allow
                }
                AuthAction::Pragma { pragma_name, .. }
                    if PRAGMAS
                        .iter()
                        .any(|name| name.eq_ignore_ascii_case(pragma_name)) =>
                {
                    Authorization::Allow
                }
                _ => Authorization::Deny,
            }))
    }
}
