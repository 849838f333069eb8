//! `watch`: the view in a terminal, drawn anew when a record comes, and once a second for what counts down.

mod desk;
mod draw;
mod feed;
mod fit;
mod git;
mod place;
mod rows;
mod screen;
mod usage;

#[cfg(test)]
mod tests;

use std::sync::atomic::Ordering;
use std::time::Duration;

use baton_native::failure::Failure;
use baton_state::home::Home;
use ratatui::crossterm::event::{Event, KeyEventKind, poll, read};

use self::desk::{Desk, Pressed};
use self::draw::{Picture, draw};
use self::feed::{Feed, clock};
use self::screen::{Screen, stop_flag};

/// How often the folder of the segments is looked at.
const TICK: Duration = Duration::from_millis(100);

/// Draws the view of a state directory on the terminal of stdout until the user, or a signal, ends it; in colours where
/// `colors` says so. Refuses what `Feed::open` refuses, and a terminal that cannot be drawn on.
pub fn run(home: &Home, colors: bool) -> Result<(), Failure> {
    let stop = stop_flag()?;
    let mut feed = Feed::open(home)?;
    let mut desk = Desk::default();
    let mut screen = Screen::take()?;
    let mut drawn = None;
    while !stop.load(Ordering::Relaxed) {
        let now = clock()?;
        let second = now.div_euclid(1000);
        if feed.update(now) || drawn != Some(second) {
            screen.draw(|frame| {
                let picture = Picture {
                    view: feed.view(),
                    failure: feed.failure.as_ref(),
                    now,
                    colors,
                };
                draw(frame, &picture, &mut desk);
            })?;
            drawn = Some(second);
        }
        if poll(TICK)? {
            match read()? {
                Event::Key(key) if key.kind != KeyEventKind::Release => {
                    match desk.press(key, feed.view()) {
                        Pressed::Quit => break,
                        Pressed::Other => drawn = None,
                        Pressed::Nothing => {}
                    }
                }
                Event::Resize(..) => drawn = None,
                _ => {}
            }
        }
    }
    Ok(())
}
