//! The picture: a title, where the work stands, the lists, and the keys. One column of lists on a small terminal, two on a
//! wide one. Every text that is drawn goes through `fitted`, which escapes it.

use baton_state::brief::time::{clock, instant};
use baton_state::record::error::BatonError;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Widget};

use super::desk::{Desk, KEYS};
use super::fit::{columns, fitted, shared};
use super::place::place;
use super::rows::{List, Row, Tone};
use super::usage::{draw_usage, usage_rows};
use crate::view::{View, Workspace};

/// Fewest columns and rows that a picture takes.
const LEAST: (u16, u16) = (40, 12);
/// Columns from which on there are two columns of lists.
const WIDE: u16 = 120;
/// Rows from which on one column of lists holds runtimes and workspaces too.
const HIGH: u16 = 34;
/// Columns from which on the time has its date.
const DATED: u16 = 72;
/// Columns of the word that says how something stands.
const MARK: usize = 9;

/// What is drawn.
pub struct Picture<'a> {
    /// The view.
    pub view: &'a View,
    /// Why it is not up to date, where it is not.
    pub failure: Option<&'a BatonError>,
    /// The instant: milliseconds since 1970.
    pub now: i64,
    /// Whether in colours.
    pub colors: bool,
}

impl Picture<'_> {
    /// The style of a tone; without colours what is to be looked at stands out by weight alone.
    pub fn style(&self, tone: Tone) -> Style {
        let (color, modifier) = match tone {
            Tone::Good => (Color::Green, Modifier::empty()),
            Tone::Warn => (Color::Yellow, Modifier::empty()),
            Tone::Bad => (Color::Red, Modifier::BOLD),
            Tone::Busy => (Color::Cyan, Modifier::BOLD),
            Tone::Plain => return Style::new(),
            Tone::Over => return Style::new().add_modifier(Modifier::DIM),
        };
        let style = Style::new().add_modifier(modifier);
        if self.colors { style.fg(color) } else { style }
    }
}

/// Draws it all.
pub fn draw(frame: &mut Frame<'_>, picture: &Picture<'_>, desk: &mut Desk) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        too_small(buffer, area);
        return;
    }
    let (title, rest) = split_rows(area, 2);
    let (body, keys) = split_rows(rest, rest.height - 1);
    let shown = desk.workspace(picture.view);
    draw_title(buffer, title, picture, shown);
    let workspace = shown.map(|(_, workspace)| workspace);
    if is_empty(picture.view) {
        desk.show(Vec::new());
        draw_empty(buffer, body, picture);
    } else if area.width >= WIDE {
        let half = body.width / 2;
        let left = Rect {
            width: half - 1,
            ..body
        };
        let right = Rect {
            x: body.x + half + 1,
            width: body.width - half - 1,
            ..body
        };
        let (first, second) = List::ALL.split_at(3);
        desk.show(List::ALL.to_vec());
        draw_lists(buffer, left, picture, desk, workspace, first);
        let usage = usage_rows(picture, 6, right.height / 3);
        let (lists, usage) = split_rows(right, right.height - usage);
        draw_lists(buffer, lists, picture, desk, workspace, second);
        draw_usage(buffer, usage, picture);
    } else {
        let lists = if area.height < HIGH {
            &List::ALL[..5]
        } else {
            &List::ALL[..]
        };
        let usage = usage_rows(picture, 1, body.height / 6);
        desk.show(lists.to_vec());
        let (top, usage) = split_rows(body, body.height - usage);
        draw_lists(buffer, top, picture, desk, workspace, lists);
        draw_usage(buffer, usage, picture);
    }
    draw_keys(buffer, keys, picture);
    if desk.has_help {
        draw_help(buffer, area, picture);
    }
}

fn split_rows(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    let first = Rect {
        height: rows,
        ..area
    };
    let second = Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    };
    (first, second)
}

/// Writes a text at the start of a row, as far as it fits.
fn put(buffer: &mut Buffer, area: Rect, row: u16, text: &str, style: Style) {
    if row < area.height {
        let text = fitted(text, area.width.into());
        buffer.set_stringn(area.x, area.y + row, text, area.width.into(), style);
    }
}

fn too_small(buffer: &mut Buffer, area: Rect) {
    let (columns, rows) = LEAST;
    let lines = [
        "This terminal is too small.".to_owned(),
        format!("It has {}x{}.", area.width, area.height),
        format!("{columns}x{rows} is the least."),
        "q quits.".to_owned(),
    ];
    for (row, line) in (0..).zip(lines) {
        put(buffer, area, row, &line, Style::new());
    }
}

fn is_empty(view: &View) -> bool {
    let is_bare = |workspace: &Workspace| {
        workspace.pointers.is_empty()
            && List::ALL[..4]
                .iter()
                .all(|list| list.rows(view, Some(workspace), view.now).is_empty())
    };
    view.workspaces.iter().all(is_bare)
        && view.models.is_empty()
        && view.runtimes.is_empty()
        && view.usage.by_minute.is_empty()
}

fn draw_empty(buffer: &mut Buffer, area: Rect, picture: &Picture<'_>) {
    let lines = [
        "",
        "Nothing is recorded yet.",
        "",
        "`baton init` lets Codex, OpenCode and the proxy record.",
        "`opencode-proxy-doctor check` says what is missing.",
        "What comes is shown here at once.",
    ];
    for (row, line) in (0..).zip(lines) {
        put(buffer, area, row, line, picture.style(Tone::Plain));
    }
}

fn draw_title(
    buffer: &mut Buffer,
    area: Rect,
    picture: &Picture<'_>,
    shown: Option<(usize, &Workspace)>,
) {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let time = time_of(picture.now, area.width >= DATED);
    let name = match shown {
        None => "no workspace".to_owned(),
        Some((_, workspace)) if workspace.is_here => workspace.name.clone(),
        Some((_, workspace)) => format!("{} (not here)", workspace.name),
    };
    let all = picture.view.workspaces.len();
    let of_all = match shown {
        Some((place, _)) if all > 1 => format!(" ‹{}/{all}›", place + 1),
        _ => String::new(),
    };
    let width = usize::from(area.width);
    let room = width.saturating_sub(columns(&time) + columns(&of_all) + 8);
    let name = format!("Baton  {}{of_all}", fitted(&name, room));
    put(buffer, area, 0, &name, bold);
    let at = Rect {
        x: area.x + area.width - columns(&time) as u16,
        width: columns(&time) as u16,
        ..area
    };
    put(buffer, at, 0, &time, Style::new());
    let place = shown.map(|(_, workspace)| place(picture, workspace));
    put(buffer, area, 1, &place.unwrap_or_default(), Style::new());
}

/// The instant to the second, with its date where there is room for that.
fn time_of(now: i64, is_dated: bool) -> String {
    let seconds = now.div_euclid(1000).rem_euclid(60);
    let text = instant(now);
    let Some((date, time)) = text.split_once(' ') else {
        return text;
    };
    let time = format!("{}:{seconds:02}Z", time.trim_end_matches('Z'));
    if is_dated {
        format!("{date} {time}")
    } else {
        time
    }
}

fn draw_keys(buffer: &mut Buffer, area: Rect, picture: &Picture<'_>) {
    let Some(failure) = picture.failure else {
        let keys = "q quit   ? help   Tab list   ↑↓ scroll   ←→ workspace";
        put(buffer, area, 0, keys, picture.style(Tone::Over));
        return;
    };
    let since = clock(picture.view.now, picture.now);
    let text = format!("{failure}; shown is what was there at {since}");
    put(buffer, area, 0, &text, picture.style(Tone::Bad));
}

fn draw_lists(
    buffer: &mut Buffer,
    area: Rect,
    picture: &Picture<'_>,
    desk: &mut Desk,
    workspace: Option<&Workspace>,
    lists: &[List],
) {
    let rows = lists.iter();
    let rows: Vec<Vec<Row>> = rows
        .map(|list| list.rows(picture.view, workspace, picture.now))
        .collect();
    let wanted: Vec<usize> = rows.iter().map(Vec::len).collect();
    let first = lists.iter().position(|list| desk.list() == Some(*list));
    let room = usize::from(area.height).saturating_sub(lists.len());
    let mut rest = area;
    for ((list, rows), fit) in lists.iter().zip(&rows).zip(shared(&wanted, first, room)) {
        let (own, below) = split_rows(rest, fit as u16 + 1);
        rest = below;
        let top = desk.top(*list, rows.len(), fit);
        let aside = match rows.len() {
            0 => "none".to_owned(),
            length if length <= fit => length.to_string(),
            length if fit == 0 => format!("{length} more"),
            length => format!("{}–{} of {length}", top + 1, top + fit),
        };
        let is_chosen = desk.list() == Some(*list);
        draw_head(buffer, own, list.title(), &aside, is_chosen, picture);
        for (at, row) in (1..).zip(rows.iter().skip(top).take(fit)) {
            draw_row(buffer, own, at, row, picture);
        }
    }
}

/// Writes the head of a list over its first row: title, a rule, and what there is to say of it.
pub fn draw_head(
    buffer: &mut Buffer,
    area: Rect,
    title: &str,
    aside: &str,
    is_chosen: bool,
    picture: &Picture<'_>,
) {
    let (mark, style) = if is_chosen {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        ("▸", bold)
    } else {
        ("─", picture.style(Tone::Over))
    };
    let ends = columns(title) + columns(aside) + 6;
    let rule = "─".repeat(usize::from(area.width).saturating_sub(ends));
    let text = format!("{mark} {title} {rule} {aside} ─");
    put(buffer, area, 0, &text, style);
}

/// Writes a row of a list.
pub fn draw_row(buffer: &mut Buffer, area: Rect, at: u16, row: &Row, picture: &Picture<'_>) {
    if at >= area.height {
        return;
    }
    let inner = usize::from(area.width).saturating_sub(MARK + 4);
    let text = fitted(&row.text, usize::MAX);
    let most = (inner * 3 / 5).max(inner.saturating_sub(columns(&text)));
    let aside = fitted(&row.aside, most);
    let text = fitted(&text, inner - columns(&aside));
    let gap = inner - columns(&aside) - columns(&text) + 2;
    let mark = fitted(&row.mark, MARK);
    let padded = format!(" {mark}{} ", " ".repeat(MARK - columns(&mark)));
    let over = picture.style(Tone::Over);
    let line = Line::from(vec![
        Span::styled(padded, picture.style(row.tone)),
        Span::styled(
            text,
            if row.tone == Tone::Over {
                over
            } else {
                Style::new()
            },
        ),
        Span::raw(" ".repeat(gap)),
        Span::styled(aside, over),
    ]);
    buffer.set_line(area.x, area.y + at, &line, area.width);
}

fn draw_help(buffer: &mut Buffer, area: Rect, picture: &Picture<'_>) {
    let width = KEYS
        .iter()
        .map(|(keys, does)| columns(keys).max(16) + columns(does) + 5);
    let width = width.max().unwrap_or(0) as u16;
    let (width, height) = (
        width.min(area.width),
        (KEYS.len() as u16 + 2).min(area.height),
    );
    let frame = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    Clear.render(frame, buffer);
    let block = Block::bordered()
        .title(" Keys ")
        .border_style(picture.style(Tone::Busy));
    let inner = block.inner(frame);
    block.render(frame, buffer);
    for (row, (keys, does)) in (0..).zip(KEYS) {
        put(
            buffer,
            inner,
            row,
            &format!(" {keys:16} {does}"),
            Style::new(),
        );
    }
}
