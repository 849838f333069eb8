//! The terminal while it is drawn on: raw, on its alternate screen, and as it was again however this ends.

use std::io::{self, Stdout, stdout};
use std::panic;
#[cfg(unix)]
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
#[cfg(unix)]
use std::time::Duration;

use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::{Frame, Terminal};
use signal_hook::consts::{SIGINT, SIGTERM};

/// How long the program has to end by itself when its terminal hangs up.
#[cfg(unix)]
const LAST_LOOK: Duration = Duration::from_secs(1);
/// Whether the terminal is to be given back.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal, taken. It is given back when this goes away, and before a panic of this thread is told.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// Takes the terminal of stdout. Refuses where that is none.
    pub fn take() -> io::Result<Screen> {
        let own = thread::current().id();
        let tell = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            // What happens elsewhere would be told in the middle of the picture.
            if !IS_TAKEN.load(Ordering::Relaxed) {
                tell(info);
            } else if thread::current().id() == own {
                give_back();
                tell(info);
            }
        }));
        IS_TAKEN.store(true, Ordering::Relaxed);
        let taken = enable_raw_mode()
            .and_then(|()| execute!(stdout(), EnterAlternateScreen))
            .and_then(|()| Terminal::new(CrosstermBackend::new(stdout())));
        match taken {
            Ok(terminal) => Ok(Screen { terminal }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Draws a picture; what is the same as before is not written again.
    pub fn draw(&mut self, picture: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(picture).map(|_| ())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Once: a second time could move the cursor back over what was told since.
fn give_back() {
    if IS_TAKEN.swap(false, Ordering::Relaxed) {
        let _ = disable_raw_mode();
        let _ = execute!(stdout(), LeaveAlternateScreen, Show);
    }
}

/// A flag that the signals which ask a program to end set from now on. Where the terminal hung up, the program ends even
/// if nobody looks at the flag: what reads from such a terminal reads its end for ever.
pub fn stop_flag() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&flag))?;
    }
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGHUP, SIGQUIT};
        for signal in [SIGHUP, SIGQUIT] {
            signal_hook::flag::register(signal, Arc::clone(&flag))?;
        }
        let mut hung_up = signal_hook::iterator::Signals::new([SIGHUP])?;
        thread::spawn(move || {
            if hung_up.forever().next().is_some() {
                thread::sleep(LAST_LOOK);
                // The main thread may hold stdout, and there is no terminal to give back any more.
                process::exit(0);
            }
        });
    }
    Ok(flag)
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Read;

    use portable_pty::{CommandBuilder, PtySize, native_pty_system};

    use super::*;

    /// What the next test starts in a terminal of its own.
    #[test]
    #[ignore = "needs a terminal, which another test gives it"]
    fn a_picture_that_panics() {
        let mut screen = Screen::take().unwrap();
        let elsewhere = thread::spawn(|| panic!("elsewhere, nobody hears of it"));
        assert!(elsewhere.join().is_err());
        screen.draw(|_| panic!("while drawing")).unwrap();
    }

    #[test]
    fn a_panic_is_told_on_the_terminal_as_it_was() {
        let pty = native_pty_system().openpty(PtySize::default()).unwrap();
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["--ignored", "--exact", "--nocapture"]);
        command.arg("watch::screen::tests::a_picture_that_panics");
        command.env("RUST_BACKTRACE", "0");
        let mut child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut output = pty.master.try_clone_reader().unwrap();
        let mut seen = Vec::new();
        let mut buffer = [0; 4096];
        // The end of a terminal is an error on Linux.
        while let Ok(read @ 1..) = output.read(&mut buffer) {
            seen.extend_from_slice(&buffer[..read]);
        }
        assert!(!child.wait().unwrap().success());
        let seen = String::from_utf8_lossy(&seen);
        let (_, on_it) = seen.split_once("\u{1b}[?1049h").unwrap();
        let (on_it, after) = on_it.split_once("\u{1b}[?1049l").unwrap();
        assert!(
            !seen.contains("nobody hears") && !on_it.contains("panicked"),
            "{seen}"
        );
        // The cursor is back, and lines end as in a terminal that is not raw.
        assert!(after.contains("\u{1b}[?25h"), "{after}");
        assert!(after.contains("while drawing\r\n"), "{after}");
        assert!(!after.contains("\u{1b}[?1049l"), "{after}");
    }
}
