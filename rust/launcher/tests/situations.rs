//! Every situation of docs/launcher.md, with real processes: a proxy in Node, agents as scripts.
#![cfg(unix)]

mod world;

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::thread;

use rustix::process::Signal;
use world::{CANARY, Foreign, Run, Running, World, is_alive, repository, rows, skip, until};

/// Waits for word from the test, and ends with 0.
const WAITING: &str = ": > \"$WORLD/ready$1\"\nwhile [ ! -e \"$WORLD/go$1\" ]; do sleep 0.02; done";

fn run(mut command: Command) -> Run {
    Run::of(command.output().unwrap())
}

/// A server that says `answer` to whoever connects, and nothing where that is empty.
fn stranger(answer: &'static str) -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = listener.try_clone().unwrap();
    if !answer.is_empty() {
        thread::spawn(move || {
            for mut stream in server.incoming().flatten() {
                let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
    }
    (listener, port)
}

#[test]
fn every_row_of_the_table_is_a_test() {
    let tests = include_str!("situations.rs");
    let rows = rows();
    assert!(rows.len() > 20);
    for row in rows {
        let name = format!("\"{}\"", row.situation);
        assert!(tests.contains(&name), "no test of {name}");
        assert!(row.code.is_some(), "{name} has no exit code");
    }
}

#[test]
fn a_proxy_that_runs_is_used_and_left_alone() {
    let world = World::new();
    let mut proxy = world.foreign_proxy();
    let run = run(world.launcher(&[]));
    run.is_row(&world, "the proxy runs");
    assert!(run.stdout.contains("runtime: opencode-proxy 1.9.2 up"));
    assert!(proxy.is_alive());
    assert!(world.log().is_empty(), "nothing was started");
}

#[test]
fn a_proxy_that_does_not_run_is_started_recorded_and_ended() {
    let world = World::new();
    let run = run(world.launcher(&[]));
    run.is_row(&world, "the proxy does not run");
    assert!(run.stdout.contains("runtime: opencode-proxy 1.9.2 up"));
    world.proxy_is_gone();
    assert_eq!(world.log().len(), 2, "it was asked to end");
    let [up, down] = world.runtimes().try_into().unwrap();
    assert_eq!(
        (up.port, up.up, up.version()),
        (Some(u32::from(world.port)), Some(true), "1.9.2")
    );
    assert_eq!(
        (
            up.uptime_seconds,
            up.window_seconds,
            up.requests,
            up.failures
        ),
        (Some(7), Some(300), Some(4), Some(1))
    );
    assert_eq!((down.up, down.version), (Some(false), None));
}

#[test]
fn what_the_state_holds_already_is_not_recorded_again() {
    let world = World::new();
    let _proxy = world.foreign_proxy();
    for _ in 0..3 {
        run(world.launcher(&[])).is_row(&world, "the proxy runs");
    }
    assert_eq!(world.runtimes().len(), 1);
}

#[test]
fn a_proxy_that_is_not_well_is_used_with_a_warning() {
    let mut world = World::new();
    world.set("TEST_PROXY", "unwell");
    let _proxy = world.foreign_proxy();
    run(world.launcher(&[])).is_row(&world, "the proxy says that it is not well");
}

#[test]
fn a_proxy_that_does_not_become_healthy_is_ended() {
    let mut world = World::new();
    world.set("TEST_PROXY", "sick");
    // Long enough for Node to start on a slow machine; what happens after it is the same at any length.
    world.set("BATON_START_MS", "20000");
    let run = run(world.launcher(&[]));
    run.is_row(&world, "the proxy does not become healthy");
    assert_eq!(run.stdout, "", "no brief without a proxy");
    world.proxy_is_gone();
}

#[test]
fn a_proxy_that_ends_while_it_starts_is_told_with_its_exit_code() {
    let mut world = World::new();
    world.set("TEST_PROXY", "ends");
    run(world.launcher(&[])).is_row(&world, "the proxy ends while it starts");
}

#[test]
fn a_proxy_that_dies_while_the_agent_works_is_told_afterwards() {
    let mut world = World::new();
    world.set("TEST_PROXY", "dies");
    world.agent("opencode", WAITING);
    let launcher = Running::start(world.launcher(&[]));
    world.wait_for("ready");
    let proxy = world.proxy_pid();
    world.leave_word("log.die");
    until("the proxy dies", || !is_alive(proxy));
    world.leave_word("go");
    let run = launcher.end();
    run.is_row(&world, "the proxy dies while the agent works");
    assert_eq!(world.runtimes().last().unwrap().up, Some(false));
}

#[test]
fn a_port_that_is_taken_is_told_with_what_answers_there() {
    let mut world = World::new();
    for (situation, answer) in [
        (
            "another HTTP server has the port",
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        ),
        (
            "a server that wants a login has the port",
            "HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        ),
        (
            "something that speaks no HTTP has the port",
            "SSH-2.0-OpenSSH_9.6\r\n",
        ),
        ("something silent has the port", ""),
    ] {
        let (_listener, port) = stranger(answer);
        world.port = port;
        if answer.is_empty() {
            world.set("BATON_PROXY_MS", "200");
            world.set("BATON_START_MS", "1000");
        }
        run(world.launcher(&[])).is_row(&world, situation);
        assert!(world.log().is_empty(), "nothing was started");
    }
}

#[test]
fn without_a_proxy_to_start_it_says_how_to_name_one() {
    let world = World::new();
    run(world.bare(&[])).is_row(&world, "no proxy is found");
    run(world.bare(&["--proxy", "/nowhere/at/all"]))
        .is_row(&world, "what `--proxy` names is no proxy");
    let folder = world.path("work");
    let run = run(world.bare(&["--proxy", folder.to_str().unwrap()]));
    assert!(
        run.stderr
            .contains("--proxy is no checkout of opencode-proxy\n")
    );
}

#[test]
fn without_a_node_that_is_new_enough_nothing_starts() {
    let world = World::new();
    world.without("node");
    run(world.launcher(&[])).is_row(&world, "Node is missing");
    world.agent("node", "echo v16.20.2");
    run(world.launcher(&[])).is_row(&world, "Node is too old");
    world.agent("node", "echo unknown");
    let run = run(world.launcher(&[]));
    assert!(run.stderr.contains("found one that tells no version\n"));
    assert!(world.log().is_empty());
}

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
fn a_proxy_that_does_not_end_when_asked_is_killed() {
    let mut world = World::new();
    world.set("TEST_PROXY", "stubborn");
    run(world.launcher(&[])).is_row(&world, "the proxy does not run");
    world.proxy_is_gone();
}

#[test]
fn a_command_as_the_proxy_is_ended_with_all_that_it_started() {
    let world = World::new();
    let main = world::checkout().join("src/index.js");
    world.agent(
        "wrapper",
        &format!("node '{}' \"$1\"\nexit 0", main.display()),
    );
    let run = run(world.bare(&["--proxy", "wrapper 'two words'"]));
    run.is_row(&world, "the proxy does not run");
    world.proxy_is_gone();
}

#[test]
fn a_proxy_that_a_command_puts_elsewhere_is_used_and_left_alone() {
    let mut world = World::new();
    world.set("TEST_LOG", world.path("pids").to_str().unwrap());
    let main = world::checkout().join("src/index.js");
    let script = format!(
        "node '{}' < /dev/null > /dev/null 2>&1 &\nexit 0",
        main.display()
    );
    world.agent("service", &script);
    let run = run(world.bare(&["--proxy", "service"]));
    let pids = fs::read_to_string(world.path("pids")).unwrap();
    let pid: i32 = pids.trim().trim_start_matches("started ").parse().unwrap();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    let is_left_alone = is_alive(pid);
    rustix::process::kill_process(pid, Signal::KILL).unwrap();
    assert!(is_left_alone);
    run.is_row(&world, "the proxy runs");
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
fn arguments_that_nobody_takes_are_not_dropped_without_a_word() {
    let world = World::new();
    let run = run(world.launcher(&["--agent", "none", "--", "run"]));
    run.is_row(&world, "arguments, and no agent wanted");
    assert!(world.log().is_empty());
}

#[test]
fn config_json_names_the_proxy_too() {
    let world = World::new();
    fs::create_dir_all(world.home()).unwrap();
    let config = serde_json::json!({ "proxy": world::checkout() });
    fs::write(world.home().join("config.json"), config.to_string()).unwrap();
    run(world.bare(&[])).is_row(&world, "the proxy does not run");
    fs::write(world.home().join("config.json"), r#"{"proxy":"nowhere"}"#).unwrap();
    let run = run(world.bare(&[]));
    assert!(
        run.stderr
            .contains("`proxy` in config.json names neither a directory nor a program\n")
    );
}

#[test]
fn a_checkout_beside_the_launcher_is_found() {
    let world = World::new();
    let place = world.path("opencode-proxy");
    fs::create_dir_all(place.join("src")).unwrap();
    for file in ["package.json", "src/index.js"] {
        fs::copy(world::checkout().join(file), place.join(file)).unwrap();
    }
    let launcher = world.path("launcher");
    fs::copy(env!("CARGO_BIN_EXE_opencode-proxy-launcher"), &launcher).unwrap();
    let mut command = Command::new(launcher);
    world.dress(&mut command);
    run(command).is_row(&world, "the proxy does not run");
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

#[test]
fn no_other_machine_is_asked() {
    let mut world = World::new();
    world.set("HOST", "192.0.2.1");
    run(world.launcher(&[])).is_row(&world, "HOST is another machine");
    assert!(world.log().is_empty());
}

#[test]
fn everything_works_without_a_network() {
    let world = World::new();
    let alone = ["-rn", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"];
    let can = Command::new("unshare").args(alone).arg("true").output();
    if !can.is_ok_and(|output| output.status.success()) {
        return skip("no network of its own can be made here: unshare -rn");
    }
    let launcher = world.launcher(&[]);
    let mut command = Command::new("unshare");
    command
        .args(alone)
        .arg(launcher.get_program())
        .args(launcher.get_args());
    let path = std::env::var_os("PATH").unwrap();
    world.dress(&mut command);
    let mut folders = vec![world.path("programs")];
    folders.extend(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(folders).unwrap());
    run(command).is_row(&world, "no network but loopback");
}

#[test]
fn neither_what_the_proxy_prints_nor_what_the_agent_is_told_is_kept_anywhere() {
    let world = World::new();
    let run = run(world.launcher(&["--", CANARY]));
    run.is_row(&world, "the proxy does not run");
    assert!(!run.stdout.contains(CANARY) && !run.stderr.contains(CANARY));
    let mut files = 0;
    let mut folders = vec![world.home()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let metadata = entry.metadata().unwrap();
            let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
            assert_eq!(mode & 0o077, 0, "{:?} is for its owner alone", entry.path());
            if metadata.is_dir() {
                folders.push(entry.path());
                continue;
            }
            files += 1;
            let bytes = fs::read(entry.path()).unwrap();
            let folder = world.folder.path().to_str().unwrap();
            for secret in [CANARY, folder, world::checkout().to_str().unwrap()] {
                let found = bytes
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes());
                assert!(!found, "{:?} holds {secret}", entry.path());
            }
        }
    }
    assert!(files >= 4, "key, segment, index and locks");
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

#[test]
fn a_state_directory_that_cannot_be_used_is_told_before_anything_starts() {
    let world = World::new();
    fs::write(world.home(), "a file").unwrap();
    let run = run(world.launcher(&[]));
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.starts_with("error[BTN-H01]: "), "{run:?}");
    assert!(world.log().is_empty());
}

#[test]
fn the_real_proxy_is_started_and_ended() {
    let Some(checkout) = std::env::var_os("BATON_UPSTREAM_CHECKOUT") else {
        return skip("BATON_UPSTREAM_CHECKOUT names no checkout of the real opencode-proxy");
    };
    let mut world = World::new();
    world.set("USAGE_DB_PATH", "off");
    let checkout = repository().join(checkout);
    let run = run(world.bare(&["--proxy", checkout.to_str().unwrap()]));
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.ends_with("proxy: ended\n"), "{run:?}");
    let [up, down] = world.runtimes().try_into().unwrap();
    assert_eq!((up.up, down.up), (Some(true), Some(false)));
    assert!(up.version.is_some() && up.requests == Some(0));
}
