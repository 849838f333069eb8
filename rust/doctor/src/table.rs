//! Tables for people: plain columns, no frames.

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

use baton_native::failure::Failure;
use baton_native::output::{Output, shown};

/// A table with a line of titles. Columns whose title starts with `#` hold numbers: they stand at the right.
pub struct Rows {
    table: Table,
    numbers: Vec<bool>,
}

impl Rows {
    /// A table without rows, as wide as the terminal; as wide as it needs to be where there is none.
    pub fn new(output: &Output, titles: &[&str]) -> Rows {
        let mut table = Table::new();
        table.load_preset(NOTHING);
        if let Some(columns) = output.columns() {
            table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(columns);
        }
        let numbers: Vec<bool> = titles.iter().map(|title| title.starts_with('#')).collect();
        let titles = titles
            .iter()
            .map(|title| title.trim_start_matches('#').to_uppercase());
        table.set_header(
            titles
                .zip(&numbers)
                .map(|(title, number)| cell(&title, *number)),
        );
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        Rows { table, numbers }
    }

    /// Adds a row; what a record says is escaped.
    pub fn add<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let cells = cells
            .into_iter()
            .zip(&self.numbers)
            .map(|(text, number)| cell(&shown(text.as_ref()), *number));
        self.table.add_row(cells);
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.table.row_count() == 0
    }

    /// Prints the table, without spaces at the ends of lines; nothing where it has no rows.
    pub fn print(&self, output: &mut Output) -> Result<(), Failure> {
        if self.table.row_count() > 0 {
            for line in self.table.lines() {
                output.line(line.trim_end())?;
            }
        }
        Ok(())
    }
}

fn cell(text: &str, is_number: bool) -> Cell {
    let alignment = if is_number {
        CellAlignment::Right
    } else {
        CellAlignment::Left
    };
    Cell::new(text).set_alignment(alignment)
}
