//! Launchers that share one proxy, and those that were killed.
#![cfg(unix)]

mod world;

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use world::{Foreign, Running, WAITING, World, is_alive, run, until};

#[test]
fn two_at_once_share_one_proxy_and_the_last_one_ends_it() {
    let world = World::new();
    world.agent("opencode", WAITING);
    let first = Running::start(world.launcher(&["--", "1"]));
    world.wait_for("ready1");
    let second = Running::start(world.launcher(&["--", "2"]));
    world.wait_for("ready2");
    world.leave_word("go1");
    first.end().is_row(&world, "two at once: who leaves first");
    assert!(is_alive(world.proxy_pid()), "who started it has left");
    world.leave_word("go2");
    second.end().is_row(&world, "two at once: who leaves last");
    world.proxy_is_gone();
    assert_eq!(world.log().len(), 2, "one proxy started and ended");
}

#[test]
fn of_many_that_start_and_leave_at_the_same_time_one_starts_the_proxy_and_one_ends_it() {
    let world = World::new();
    world.agent("opencode", WAITING);
    let names = ["1", "2", "3", "4", "5", "6"];
    let start = |name: &&str| Running::start(world.launcher(&["--", name]));
    let launchers: Vec<_> = names.iter().map(start).collect();
    for name in names {
        world.wait_for(&format!("ready{name}"));
    }
    for name in names {
        world.leave_word(&format!("go{name}"));
    }
    let runs: Vec<_> = launchers.into_iter().map(Running::end).collect();
    let saying = |what: &str| runs.iter().filter(|run| run.stderr.contains(what)).count();
    assert_eq!(
        (saying(", started"), saying(", shared")),
        (1, 5),
        "{runs:?}"
    );
    assert_eq!((saying(": ended"), saying(": left")), (1, 5), "{runs:?}");
    assert_eq!(world.log().len(), 2, "one proxy started and ended");
    world.proxy_is_gone();
}

#[test]
fn a_launcher_that_was_killed_leaves_the_proxy_to_the_next_one() {
    let world = World::new();
    world.agent("opencode", WAITING);
    let killed = Running::start(world.launcher(&["--", "1"]));
    world.wait_for("ready1");
    killed.signal(Signal::KILL);
    killed.end();
    assert!(is_alive(world.proxy_pid()));
    world.leave_word("go2");
    let next = run(world.launcher(&["--", "2"]));
    next.is_row(&world, "two at once: who leaves last");
    world.proxy_is_gone();
    world.leave_word("go1");
}

#[test]
fn a_process_that_got_the_id_of_a_proxy_since_is_left_alone() {
    let world = World::new();
    fs::create_dir_all(world.home().join("locks")).unwrap();
    // A group of its own, as the proxy has, so that it would be hit.
    let mut other = Command::new("sleep");
    other.arg("600").stdout(Stdio::null()).stderr(Stdio::null());
    let mut other = Foreign(other.process_group(0).spawn().unwrap());
    let ledger = world.home().join(format!("locks/proxy.{}", world.port));
    fs::write(&ledger, format!("{} 1000000000\n", other.0.id())).unwrap();
    let _proxy = world.foreign_proxy();
    run(world.launcher(&[])).is_row(&world, "the proxy runs");
    assert!(other.is_alive());
}

#[test]
fn a_proxy_of_a_killed_launcher_that_fell_silent_is_replaced() {
    let mut world = World::new();
    world.agent("opencode", WAITING);
    world.set("TEST_PROXY", "falls silent");
    let killed = Running::start(world.launcher(&["--", "1"]));
    world.wait_for("ready1");
    let silent = world.proxy_pid();
    killed.signal(Signal::KILL);
    killed.end();
    world.leave_word("go1");
    world.leave_word("log.die");
    world.agent("opencode", "exit 0");
    world.set("TEST_PROXY", "well");
    world.set("BATON_PROXY_MS", "1000");
    until("the proxy falls silent", || world.log().len() == 2);
    run(world.launcher(&[])).is_row(&world, "the proxy does not run");
    assert!(!is_alive(silent));
    world.proxy_is_gone();
}

#[test]
fn a_proxy_that_fell_silent_is_not_taken_from_a_launcher_that_uses_it() {
    let mut world = World::new();
    world.agent("opencode", WAITING);
    world.set("TEST_PROXY", "falls silent");
    let first = Running::start(world.launcher(&["--", "1"]));
    world.wait_for("ready1");
    world.leave_word("log.die");
    until("the proxy falls silent", || world.log().len() == 2);
    world.set("BATON_PROXY_MS", "200");
    world.set("BATON_START_MS", "1000");
    run(world.launcher(&["--", "2"])).is_row(&world, "the proxy of another launcher fell silent");
    assert!(is_alive(world.proxy_pid()));
    world.leave_word("go1");
    first.end().is_row(&world, "the proxy does not run");
    world.proxy_is_gone();
}

#[test]
fn a_launcher_that_does_not_come_to_an_end_is_not_waited_for_without_an_end() {
    let mut world = World::new();
    world.set("BATON_START_MS", "500");
    fs::create_dir_all(world.home().join("locks")).unwrap();
    let gate = world.home().join(format!("locks/proxy.{}", world.port));
    let gate = fs::File::create(gate).unwrap();
    gate.lock().unwrap();
    run(world.launcher(&[])).is_row(&world, "another launcher does not come to an end");
    assert!(world.log().is_empty());
}

#[test]
fn without_an_agent_the_end_of_the_proxy_is_the_end_of_all_launchers() {
    let mut world = World::new();
    world.set("TEST_PROXY", "dies");
    let launcher = Running::start(world.launcher(&["--agent", "none"]));
    launcher.wait_until_it_says("until Ctrl-C");
    let sharing = Running::start(world.launcher(&["--agent", "none"]));
    sharing.wait_until_it_says("until Ctrl-C");
    world.leave_word("log.die");
    let runs = [launcher.end(), sharing.end()];
    assert!(runs.iter().all(|run| run.code == Some(1)), "{runs:?}");
    let mut alone = World::new();
    alone.set("TEST_PROXY", "dies");
    let launcher = Running::start(alone.launcher(&["--agent", "none"]));
    launcher.wait_until_it_says("until Ctrl-C");
    alone.leave_word("log.die");
    launcher
        .end()
        .is_row(&alone, "the proxy dies, no agent wanted");
}
