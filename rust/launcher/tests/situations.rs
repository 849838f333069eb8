//! The situations of docs/launcher.md with real processes: a proxy in Node, agents as scripts. Those of the agent stand in
//! agent.rs, those of several launchers in sharing.rs.
#![cfg(unix)]

mod world;

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use rustix::process::Signal;
use world::{CANARY, Running, WAITING, World, is_alive, repository, rows, run, skip, until};

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
    let tests = [
        include_str!("situations.rs"),
        include_str!("agent.rs"),
        include_str!("sharing.rs"),
    ]
    .concat();
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
