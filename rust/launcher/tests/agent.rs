//! The agent: which one it is, what it gets, and how it ends.
#![cfg(unix)]

mod world;

use std::fs;
use std::process::Command;

use rustix::process::Signal;
use world::{Running, WAITING, World, is_alive, run, until};

#[test]
fn without_an_agent_nothing_starts() {
    let world = World::new();
    world.without("opencode");
    run(world.launcher(&[])).is_row(&world, "no agent is installed");
    let run = run(world.launcher(&["--agent", "codex"]));
    assert!(
        run.stderr
            .starts_with("error[BTN-L01]: agent is not on PATH, codex\n")
    );
    assert!(world.log().is_empty());
}

#[test]
fn the_agent_gets_its_arguments_and_gives_its_exit_code() {
    let world = World::new();
    world.agent("opencode", "for word; do echo \"<$word>\"; done\nexit 7");
    let run = run(world.launcher(&["--", "run", "two words", "--agent", ""]));
    run.is_row(&world, "the agent ends with 7");
    assert_eq!(run.after_brief(), "<run>\n<two words>\n<--agent>\n<>\n");
    world.proxy_is_gone();
}

#[test]
fn the_agent_reads_stdin_and_writes_both_streams_as_they_are() {
    let world = World::new();
    world.agent("opencode", "cat; echo problem >&2");
    let input = world.path("input");
    fs::write(&input, b"\xff\x00bytes").unwrap();
    let mut command = world.launcher(&["--quiet"]);
    command.stdin(fs::File::open(input).unwrap());
    let output = command.output().unwrap();
    assert!(output.stdout.ends_with(b"\xff\x00bytes"));
    assert_eq!(output.stderr, b"problem\n", "--quiet says nothing else");
}

#[test]
fn opencode_is_taken_where_both_agents_are_installed() {
    let world = World::new();
    let _proxy = world.foreign_proxy();
    for name in ["opencode", "codex"] {
        world.agent(name, &format!("echo {name}"));
    }
    assert_eq!(run(world.launcher(&[])).after_brief(), "opencode\n");
    let chosen = run(world.launcher(&["--agent", "codex"]));
    assert_eq!(chosen.after_brief(), "codex\n");
    world.without("opencode");
    assert_eq!(run(world.launcher(&[])).after_brief(), "codex\n");
}

#[test]
fn codex_starts_without_a_proxy_unless_one_is_named() {
    let world = World::new();
    world.without("opencode");
    world.agent("codex", "echo codex");
    let alone = run(world.bare(&[]));
    alone.is_row(&world, "Codex, and no proxy");
    assert!(alone.stdout.ends_with("\ncodex\n"));
    run(world.launcher(&[])).is_row(&world, "the proxy does not run");
}

#[test]
fn signals_go_to_the_agent_and_its_end_is_told_as_128_and_the_signal() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let world = World::new();
        world.agent("opencode", ": > \"$WORLD/ready\"\nexec sleep 600");
        let launcher = Running::start(world.launcher(&[]));
        world.wait_for("ready");
        launcher.signal(signal);
        let run = launcher.end();
        assert_eq!(run.code, Some(code), "{run:?}");
        if signal == Signal::INT {
            run.is_row(&world, "SIGINT while the agent works");
        }
        world.proxy_is_gone();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_was_ignored_before_stays_ignored_as_under_nohup() {
    let world = World::new();
    world.agent("opencode", WAITING);
    let mut command = Command::new("sh");
    let launcher = world.launcher(&[]);
    command
        .args(["-c", "trap '' HUP; exec \"$@\"", "sh"])
        .arg(launcher.get_program())
        .args(launcher.get_args());
    world.dress(&mut command);
    let launcher = Running::start(command);
    world.wait_for("ready");
    launcher.signal(Signal::HUP);
    world.leave_word("go");
    launcher.end().is_row(&world, "the proxy does not run");
}

#[test]
fn the_launcher_outlives_an_agent_that_goes_on_after_a_signal() {
    let world = World::new();
    world.agent(
        "opencode",
        &format!("trap ': > \"$WORLD/heard\"' TERM\n{WAITING}\nexit 4"),
    );
    let launcher = Running::start(world.launcher(&[]));
    world.wait_for("ready");
    launcher.signal(Signal::TERM);
    world.wait_for("heard");
    assert!(is_alive(world.proxy_pid()));
    world.leave_word("go");
    assert_eq!(launcher.end().code, Some(4));
    world.proxy_is_gone();
}

#[test]
fn a_signal_while_the_proxy_starts_ends_both() {
    let mut world = World::new();
    world.set("TEST_PROXY", "silent");
    world.set("BATON_PROXY_MS", "200");
    let launcher = Running::start(world.launcher(&[]));
    until("the proxy starts", || !world.log().is_empty());
    launcher.signal(Signal::TERM);
    let run = launcher.end();
    run.is_row(&world, "SIGTERM while the proxy starts");
    assert_eq!(run.stdout, "");
    world.proxy_is_gone();
}

#[test]
fn arguments_that_nobody_takes_are_not_dropped_without_a_word() {
    let world = World::new();
    let run = run(world.launcher(&["--agent", "none", "--", "run"]));
    run.is_row(&world, "arguments, and no agent wanted");
    assert!(world.log().is_empty());
}

#[test]
fn without_an_agent_the_proxy_runs_until_it_is_interrupted() {
    let world = World::new();
    let launcher = Running::start(world.launcher(&["--agent", "none"]));
    launcher.wait_until_it_says("until Ctrl-C");
    launcher.signal(Signal::INT);
    let run = launcher.end();
    run.is_row(&world, "no agent wanted, until Ctrl-C");
    assert_eq!(run.after_brief(), "");
    world.proxy_is_gone();
    let _proxy = world.foreign_proxy();
    let run = self::run(world.launcher(&["--agent", "none"]));
    run.is_row(&world, "the proxy runs");
}

#[test]
fn home_is_that_of_the_agent_and_the_proxy_too() {
    let world = World::new();
    world.agent("opencode", "echo \"$BATON_HOME\"");
    let named = world.path("another");
    let run = run(world.launcher(&["--home", named.to_str().unwrap()]));
    assert_eq!(run.after_brief().trim_end(), named.to_str().unwrap());
    assert!(named.join("segments").is_dir() && !world.home().exists());
}
