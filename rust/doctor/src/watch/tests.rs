//! Pictures of every size, drawn into memory.

use std::collections::BTreeMap;

use baton_state::brief::claim::Claim;
use baton_state::brief::escape::is_hidden;
use baton_state::proto::state::v1::{
    Client, GitAnswer, GitFacts, Health, ModelHealth, ModelState, ModelUsage, NextAction, Status,
    WorkspaceState,
};
use prost::Message;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::desk::{Desk, Pressed};
use super::draw::{Picture, draw};
use crate::view::{Action, Model, Noted, Usage, View};

const NOW: i64 = 1_790_000_000_000;
const HOSTILE: &str = "\u{1b}[2J\u{202e}漢字\u{9b}x\u{7}e\u{301}\u{200b}";

fn noted<T>(value: T) -> Noted<T> {
    Noted {
        value,
        at: NOW - 60_000,
        client: Client::Codex,
        session: None,
    }
}

/// A view with so many workspaces, and so many actions in each, models, and models in use.
fn view(workspaces: usize, each: usize) -> View {
    let status = Status {
        workspaces: (0..workspaces)
            .map(|n| WorkspaceState {
                workspace: Some(format!("github.com/owner/{n}{HOSTILE}")),
                ..WorkspaceState::default()
            })
            .collect(),
        ..Status::default()
    };
    let git = GitFacts {
        answer: Some(GitAnswer::Complete.into()),
        workspace: status
            .workspaces
            .first()
            .map(|first| first.workspace().to_owned()),
        branch: Some(format!("main{HOSTILE}")),
        ..GitFacts::default()
    };
    let usage = Usage {
        by_minute: (0..90)
            .map(|ago| (NOW / 60_000 - ago, 1 << (ago % 40)))
            .collect(),
        ..Usage::default()
    };
    let mut view = View::of(&status.encode_to_vec(), usage, git, NOW).unwrap();
    for workspace in &mut view.workspaces {
        let actions = (0..each).map(|n| Action {
            action: NextAction {
                text: Some(format!("{HOSTILE}{}", "long ".repeat(n * 7))),
                claimer: Some(HOSTILE.to_owned()),
                ..NextAction::default()
            },
            claim: [
                Claim::Open,
                Claim::Claimed(Some(NOW + 5000)),
                Claim::Ended(NOW),
            ][n % 3],
        });
        workspace.actions = actions.map(noted).collect();
    }
    let models = (0..each).map(|n| Model {
        health: ModelHealth {
            model: Some(format!("m{n}{HOSTILE}")),
            limit_resets_at: Some(NOW + 90_000_000),
            remaining: Some(f64::MAX),
            limit: Some(f64::NAN),
            ..ModelHealth::default()
        },
        state: [ModelState::Limited, ModelState::Available][n % 2],
    });
    view.models = models.map(noted).collect();
    view.usage.by_model = (0..each)
        .map(|n| ModelUsage {
            model: Some(format!("m{n}{HOSTILE}")),
            requests: Some(u64::MAX),
            ..ModelUsage::default()
        })
        .collect();
    view.health = Health::default();
    view
}

fn drawn(view: &View, desk: &mut Desk, columns: u16, rows: u16, colors: bool) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    let picture = Picture {
        view,
        failure: None,
        now: NOW,
        colors,
    };
    terminal.draw(|frame| draw(frame, &picture, desk)).unwrap();
    terminal.backend().to_string()
}

#[test]
fn every_size_and_every_number_of_rows_is_drawn_and_hostile_text_stays_text() {
    for (workspaces, each) in [(0, 0), (1, 0), (1, 1), (3, 40)] {
        let view = view(workspaces, each);
        for columns in [1, 39, 40, 72, 119, 120, 300] {
            for rows in [1, 11, 12, 24, 34, 90] {
                let mut desk = Desk::default();
                let picture = drawn(&view, &mut desk, columns, rows, true);
                assert_eq!(picture.lines().count(), usize::from(rows));
                let hidden = picture
                    .chars()
                    .find(|char| is_hidden(*char) && *char != '\n');
                assert_eq!(hidden, None, "{columns}x{rows}\n{picture}");
                desk.has_help = true;
                drawn(&view, &mut desk, columns, rows, false);
            }
        }
    }
}

#[test]
fn every_key_can_be_pressed_at_any_time() {
    let keys = [
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Down,
        KeyCode::Up,
        KeyCode::PageDown,
        KeyCode::PageUp,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Char('?'),
        KeyCode::F(5),
    ];
    let views = [view(0, 0), view(1, 2), view(3, 40)];
    let mut desk = Desk::default();
    let mut places = BTreeMap::new();
    for turn in 0..300_usize {
        let view = &views[turn / 7 % 3];
        let key = KeyEvent::new(
            keys[(turn * turn + turn / 5) % keys.len()],
            KeyModifiers::NONE,
        );
        assert_ne!(desk.press(key, view), Pressed::Quit);
        let place = desk.workspace(view).map(|(place, _)| place);
        assert_eq!(place.is_none(), view.workspaces.is_empty());
        places.insert(place, turn);
        drawn(view, &mut desk, 80, 24, true);
    }
    assert_eq!(
        places.len(),
        4,
        "all three workspaces were looked at, and none"
    );
}

#[test]
fn a_list_that_does_not_fit_says_which_rows_it_shows() {
    let view = view(1, 40);
    let mut desk = Desk::default();
    let picture = drawn(&view, &mut desk, 80, 24, true);
    assert!(picture.contains("1–11 of 40 ─"), "{picture}");
    for (key, shows) in [
        (KeyCode::Down, "2–12 of 40 ─"),
        (KeyCode::End, "30–40 of 40 ─"),
    ] {
        desk.press(KeyEvent::new(key, KeyModifiers::NONE), &view);
        let picture = drawn(&view, &mut desk, 80, 24, true);
        assert!(picture.contains(shows), "{picture}");
    }
    // Where the end was passed, the first row up shows at once.
    for key in [KeyCode::PageDown, KeyCode::PageDown, KeyCode::Up] {
        desk.press(KeyEvent::new(key, KeyModifiers::NONE), &view);
        drawn(&view, &mut desk, 80, 24, true);
    }
    let picture = drawn(&view, &mut desk, 80, 24, true);
    assert!(picture.contains("29–39 of 40 ─"), "{picture}");
}
