//! What the user has chosen to look at, and the keys that choose.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::rows::List;
use crate::view::{View, Workspace};

/// The keys, for the help.
pub const KEYS: [(&str, &str); 7] = [
    ("Tab, Shift-Tab", "choose a list"),
    ("↑ ↓, k j", "scroll the list by a row"),
    ("PgUp PgDn", "scroll the list by ten rows"),
    ("Home End, g G", "go to its start or end"),
    ("← →, h l", "look at another workspace"),
    ("?", "show or close this help"),
    ("q, Esc, Ctrl-C", "quit"),
];

/// What the user has chosen to look at.
#[derive(Debug, Default)]
pub struct Desk {
    /// Name of the workspace; the first one as long as nobody chose.
    workspace: Option<String>,
    /// The list that the keys scroll.
    list: Option<List>,
    /// First rows that are shown of each list.
    tops: Vec<(List, usize)>,
    /// The lists that are shown, as they were drawn last.
    shown: Vec<List>,
    /// Whether the help is shown.
    pub has_help: bool,
}

/// What a key asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Pressed {
    /// The end.
    Quit,
    /// Another picture.
    Other,
    /// Nothing.
    Nothing,
}

impl Desk {
    /// Takes a key.
    pub fn press(&mut self, key: KeyEvent, view: &View) -> Pressed {
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if is_control => return Pressed::Quit,
            _ if is_control => return Pressed::Nothing,
            KeyCode::Char('?') => self.has_help = !self.has_help,
            KeyCode::Esc if self.has_help => self.has_help = false,
            KeyCode::Char('q') | KeyCode::Esc => return Pressed::Quit,
            KeyCode::Tab => self.turn(1),
            KeyCode::BackTab => self.turn(-1),
            KeyCode::Down | KeyCode::Char('j') => self.scroll(1),
            KeyCode::Up | KeyCode::Char('k') => self.scroll(-1),
            KeyCode::PageDown => self.scroll(10),
            KeyCode::PageUp => self.scroll(-10),
            KeyCode::Home | KeyCode::Char('g') => self.scroll(isize::MIN),
            KeyCode::End | KeyCode::Char('G') => self.scroll(isize::MAX),
            KeyCode::Right | KeyCode::Char('l') => self.go(1, view),
            KeyCode::Left | KeyCode::Char('h') => self.go(-1, view),
            _ => return Pressed::Nothing,
        }
        Pressed::Other
    }

    /// The workspace that is looked at, with its place among all; None where there is none.
    pub fn workspace<'v>(&self, view: &'v View) -> Option<(usize, &'v Workspace)> {
        let chosen = |workspace: &&Workspace| Some(&workspace.name) == self.workspace.as_ref();
        let place = view
            .workspaces
            .iter()
            .position(|one| chosen(&one))
            .unwrap_or(0);
        Some((place, view.workspaces.get(place)?))
    }

    /// The list that the keys scroll; the first one as long as nobody chose.
    pub fn list(&self) -> Option<List> {
        let is_shown = |list: &List| self.shown.contains(list);
        self.list.filter(is_shown).or(self.shown.first().copied())
    }

    /// Says which lists are about to be drawn, in the order of Tab.
    pub fn show(&mut self, lists: Vec<List>) {
        self.shown = lists;
    }

    /// First row to draw of a list that has so many rows, of which so many fit.
    pub fn top(&mut self, list: List, rows: usize, fit: usize) -> usize {
        let last = rows.saturating_sub(fit);
        let top = self.top_of(list);
        *top = last.min(*top);
        *top
    }

    fn top_of(&mut self, list: List) -> &mut usize {
        let at = self.tops.iter().position(|(one, _)| *one == list);
        let at = at.unwrap_or_else(|| {
            self.tops.push((list, 0));
            self.tops.len() - 1
        });
        &mut self.tops[at].1
    }

    fn scroll(&mut self, rows: isize) {
        if let Some(list) = self.list() {
            let top = self.top_of(list);
            *top = top.saturating_add_signed(rows);
        }
    }

    fn turn(&mut self, by: isize) {
        let at = self.shown.iter().position(|one| Some(*one) == self.list());
        if let (Some(at), length @ 1..) = (at, self.shown.len() as isize) {
            let next = (at as isize + by).rem_euclid(length);
            self.list = self.shown.get(next as usize).copied();
        }
    }

    fn go(&mut self, by: isize, view: &View) {
        if let (Some((at, _)), length @ 1..) =
            (self.workspace(view), view.workspaces.len() as isize)
        {
            let next = (at as isize + by).rem_euclid(length);
            let next = view.workspaces.get(next as usize);
            self.workspace = next.map(|workspace| workspace.name.clone());
            self.tops.clear();
        }
    }
}
