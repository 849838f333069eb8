//! Tables of the page: a caption, titles, and a name at the start of each row.

use askama::Template;

/// A table. The first cell of a row is its name.
#[derive(Debug, Clone, Template)]
#[template(path = "table.html")]
pub struct Table {
    /// What links to it and names it, unique in the page.
    pub id: String,
    /// What it is about.
    pub caption: &'static str,
    /// Titles; those of numbers start with `#`.
    titles: &'static [&'static str],
    rows: Vec<Vec<Cell>>,
    /// How many rows it lacks, and where they are.
    more: Option<String>,
}

/// What stands in a cell.
#[derive(Debug, Clone)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A state, with how good that is.
    State(Tone, String),
}

/// How good a state is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Somebody may have to look.
    Warn,
    /// Something is wrong.
    Bad,
    /// Neither.
    Plain,
}

impl Tone {
    /// Its class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
            Tone::Plain => "plain",
        }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl Table {
    /// A table without rows.
    pub fn new(id: &str, caption: &'static str, titles: &'static [&'static str]) -> Table {
        Table {
            id: id.to_owned(),
            caption,
            titles,
            rows: Vec::new(),
            more: None,
        }
    }

    /// Adds a row.
    pub fn add<const N: usize>(&mut self, cells: [Cell; N]) {
        self.rows.push(cells.into());
    }

    /// Says how many rows were left out, where any were, and `place`, where they are.
    pub fn left_out(&mut self, count: usize, place: &str) {
        self.more = (count > 0).then(|| format!("+{count} more, {place}"));
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn title(&self, at: &usize) -> &'static str {
        let title = self.titles.get(*at).copied().unwrap_or_default();
        title.trim_start_matches('#')
    }

    fn is_number(&self, at: &usize) -> bool {
        self.titles
            .get(*at)
            .is_some_and(|title| title.starts_with('#'))
    }
}
