//! The launcher on a terminal: what Ctrl-C reaches, what a long wait shows, and colours.
#![cfg(unix)]

mod world;

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::thread;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use world::{World, is_alive, until};

/// A launcher on a terminal of its own.
struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    screen: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    fn start(launcher: &std::process::Command) -> Terminal {
        let pair = native_pty_system().openpty(PtySize::default()).unwrap();
        let mut command = CommandBuilder::new(launcher.get_program());
        command.args(launcher.get_args());
        command.env_clear();
        for (name, value) in launcher.get_envs() {
            command.env(name, value.unwrap());
        }
        command.env("TERM", "xterm-256color");
        command.cwd(launcher.get_current_dir().unwrap());
        let child = pair.slave.spawn_command(command).unwrap();
        let screen = Arc::new(Mutex::new(Vec::new()));
        let mut output = pair.master.try_clone_reader().unwrap();
        let seen = Arc::clone(&screen);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut buffer) {
                seen.lock().unwrap().extend_from_slice(&buffer[..read]);
            }
        });
        Terminal {
            child,
            keys: pair.master.take_writer().unwrap(),
            _master: pair.master,
            screen,
        }
    }

    fn screen(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    fn press(&mut self, keys: &[u8]) {
        self.keys.write_all(keys).unwrap();
        self.keys.flush().unwrap();
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.process_id().unwrap()).unwrap();
        kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// Exit code and all that the terminal showed.
    fn end(mut self) -> (u32, String) {
        let code = self.child.wait().unwrap().exit_code();
        (code, self.screen())
    }
}

#[test]
fn ctrl_c_reaches_the_agent_once_and_neither_the_launcher_nor_the_proxy() {
    let world = World::new();
    world.agent(
        "opencode",
        "trap 'echo int >> \"$WORLD/heard\"' INT\ntrap 'echo term >> \"$WORLD/heard\"' TERM\n: > \"$WORLD/ready\"\nwhile [ -d \"$WORLD\" ] && [ ! -e \"$WORLD/go\" ]; do sleep 0.02; done\nexit 9",
    );
    let mut terminal = Terminal::start(&world.launcher(&[]));
    world.wait_for("ready");
    terminal.press(b"\x03");
    let heard = || std::fs::read_to_string(world.path("heard")).unwrap_or_default();
    until("SIGINT", || heard().contains("int\n"));
    assert!(is_alive(world.proxy_pid()), "the proxy runs on");
    // Whoever sends SIGINT to the launcher alone is taken for the terminal; SIGTERM comes behind it and is passed on.
    terminal.signal(Signal::INT);
    terminal.signal(Signal::TERM);
    until("SIGTERM", || heard().contains("term\n"));
    world.leave_word("go");
    let (code, screen) = terminal.end();
    assert_eq!(code, 9, "{screen}");
    assert_eq!(heard(), "int\nterm\n", "the terminal has sent it already");
    world.proxy_is_gone();
}

#[test]
fn ctrl_c_while_the_proxy_starts_ends_both() {
    let mut world = World::new();
    world.set("TEST_PROXY", "silent");
    world.set("BATON_PROXY_MS", "200");
    let mut terminal = Terminal::start(&world.launcher(&[]));
    until("the proxy starts", || !world.log().is_empty());
    terminal.press(b"\x03");
    assert_eq!(terminal.end().0, 130);
    world.proxy_is_gone();
}

#[test]
fn a_long_wait_shows_and_is_wiped_away_before_the_agent_comes() {
    let mut world = World::new();
    world.set("TEST_PROXY", "slow");
    world.agent("opencode", "echo the agent");
    let terminal = Terminal::start(&world.launcher(&[]));
    until("the agent", || terminal.screen().contains("the agent"));
    let (code, screen) = terminal.end();
    assert_eq!(code, 0, "{screen:?}");
    let wait = screen.rfind("waiting for the proxy").unwrap();
    let wiped = screen[wait..].find("\u{1b}[2K").unwrap() + wait;
    let agent = screen.find("the agent").unwrap();
    assert!(wiped < agent, "{screen:?}");
}

#[test]
fn a_quiet_launcher_shows_no_wait() {
    let mut world = World::new();
    world.set("TEST_PROXY", "slow");
    world.agent("opencode", "echo the agent");
    let terminal = Terminal::start(&world.launcher(&["--quiet"]));
    until("the agent", || terminal.screen().contains("the agent"));
    let (_, screen) = terminal.end();
    assert!(!screen.contains("waiting") && !screen.contains("proxy:"));
}

#[test]
fn errors_are_coloured_on_a_terminal_unless_colours_are_not_wanted() {
    let mut world = World::new();
    let red = "\u{1b}[1m\u{1b}[31merror[BTN-L03]\u{1b}[0m: ";
    let seen = |world: &World, arguments: &[&str]| {
        let terminal = Terminal::start(&world.bare(arguments));
        until("the error", || terminal.screen().contains("help"));
        let (code, screen) = terminal.end();
        assert_eq!(code, 1, "{screen:?}");
        screen
    };
    assert!(seen(&world, &[]).contains(red));
    assert!(!seen(&world, &["--no-color"]).contains('\u{1b}'));
    world.set("NO_COLOR", "1");
    assert!(!seen(&world, &[]).contains('\u{1b}'));
}
