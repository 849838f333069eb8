//! The checks of the clock, of the usage file and of git and gh, each seen to be ok, to warn and to fail.

mod home;

use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use home::{DAY, HERE, Home, NOW, note, usage};

/// Without a fixed clock.
const REAL: &[(&str, &str)] = &[("BATON_NOW", "")];

fn real_now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_millis() as i64
}

#[test]
fn d33_sees_a_clock_that_is_fixed_or_behind() {
    let home = Home::new();
    home.make();
    home.write_key(7);
    home.expect("BTN-D33", "warn", "BATON_NOW fixes the clock");
    home.record(&[note(real_now() + 4 * 60_000, HERE, 1, "Another clock")]);
    home.expect_with("BTN-D33", "ok", "not behind", &[], REAL);
    home.record(&[note(real_now() + 60 * 60_000, HERE, 2, "Ahead")]);
    home.expect_with(
        "BTN-D33",
        "warn",
        "minutes behind what was written",
        &[],
        REAL,
    );
    fs::remove_dir_all(home.segments()).unwrap();
    home.make();
    home.record(&[note(real_now(), HERE, 1, "Now")]);
    let file = fs::File::options()
        .append(true)
        .open(home.segment())
        .unwrap();
    let ahead = |minutes: u64| SystemTime::now() + std::time::Duration::from_secs(minutes * 60);
    file.set_modified(ahead(60)).unwrap();
    home.expect_with("BTN-D33", "warn", "minutes behind", &[], REAL);
    // What is more than a day ahead is another check's.
    file.set_modified(ahead(60 * 25)).unwrap();
    home.expect_with("BTN-D33", "ok", "not behind", &[], REAL);
}

#[test]
fn d34_sees_a_time_zone_that_nobody_knows() {
    let home = Home::new();
    home.expect("BTN-D34", "ok", "");
    let nowhere = [("TZ", "Nowhere/Nothing")];
    home.expect_with("BTN-D34", "warn", "those of UTC", &[], &nowhere);
}

fn usage_file(home: &Home) -> PathBuf {
    let file = home.user().join(".config/opencode-proxy/usage.jsonl");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    file
}

/// The line of `usage(at)`.
fn line(at: i64) -> String {
    format!(
        "{{\"v\":1,\"ts\":{at},\"model\":\"vendor/one\",\"status\":200,\"ok\":true,\"total_tokens\":10,\"usage_reported\":true}}\n"
    )
}

#[test]
fn d35_reads_the_usage_file() {
    let home = Home::used();
    home.expect("BTN-D35", "ok", "no usage file");
    home.expect_with(
        "BTN-D35",
        "ok",
        "switched off",
        &[],
        &[("USAGE_DB_PATH", "off")],
    );
    let file = usage_file(&home);
    fs::write(&file, [&line(NOW)[..], "\n", "{\"ts\":1"].concat()).unwrap();
    home.expect("BTN-D35", "ok", "1 line of");
    fs::write(&file, [&line(NOW)[..], "{\"ts\":\n", "null\n"].concat()).unwrap();
    home.expect("BTN-D35", "warn", "2 of 3 lines");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    home.expect("BTN-D35", "fail", "BTN-U02");
}

#[test]
fn d36_compares_the_usage_file_with_the_records() {
    let home = Home::new();
    home.make();
    home.write_key(7);
    home.expect("BTN-D36", "ok", "no usage file");
    let write = |times: &[i64]| {
        let lines: Vec<String> = times.iter().map(|at| line(*at)).collect();
        fs::write(usage_file(&home), lines.concat()).unwrap();
    };
    let minutes = |ago: i64| NOW - ago * 60_000;
    let expired = NOW - 31 * DAY;
    write(&[expired, minutes(3), minutes(2)]);
    home.expect("BTN-D36", "ok", "2 lines read in place, none recorded");
    home.record(&[usage(minutes(3)), usage(minutes(2)), usage(expired)]);
    home.expect("BTN-D36", "ok", "hold the same");
    // Older than the first line: the proxy has pruned it. Newer than ten seconds: its line is under way.
    home.record(&[usage(minutes(9)), usage(NOW - 5_000)]);
    home.expect("BTN-D36", "ok", "hold the same");
    write(&[minutes(3), minutes(2), minutes(1)]);
    home.expect("BTN-D36", "warn", "1 line of the usage file not recorded");
    write(&[minutes(3)]);
    home.expect("BTN-D36", "warn", "1 recorded event not in the usage file");
    write(&[minutes(3), minutes(1), minutes(1)]);
    let both = "2 lines of the usage file not recorded, 1 recorded event not in it";
    home.expect("BTN-D36", "warn", both);
}

#[cfg(unix)]
mod programs {
    use super::*;
    use home::set_mode;

    /// Puts a shell script on PATH, in the place of what was there.
    fn script(home: &Home, name: &str, text: &str) {
        let path = home.user().parent().unwrap().join("programs").join(name);
        home.programs();
        let _ = fs::remove_file(&path);
        fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        set_mode(&path, 0o755);
    }

    #[test]
    fn d37_asks_git_here() {
        let home = Home::used();
        home.expect("BTN-D37", "ok", "no repository here");
        let init = std::process::Command::new("git")
            .args(["init", "--quiet"])
            .current_dir(home.folder.path())
            .status();
        assert!(init.unwrap().success());
        home.expect("BTN-D37", "ok", "answers here in time");
        script(&home, "git", "echo git version 2.17.9");
        home.expect("BTN-D37", "warn", "git 2.17 is older than 2.18");
        script(&home, "git", "exec sleep 60");
        let hasty = [("BATON_GIT_MS", "200")];
        home.expect_with("BTN-D37", "warn", "does not answer in time", &[], &hasty);
        script(
            &home,
            "git",
            "test \"$3\" = --version && echo git version 2.40.1 || exec sleep 60",
        );
        home.expect_with("BTN-D37", "warn", "does not answer in time", &[], &hasty);
        script(&home, "git", "exit 127");
        home.expect("BTN-D37", "fail", "cannot be run");
        fs::remove_file(home.programs().join("git")).unwrap();
        home.expect("BTN-D37", "warn", "not on PATH");
    }

    #[test]
    fn d38_asks_gh_without_a_request() {
        let home = Home::used();
        home.expect("BTN-D38", "ok", "not installed");
        script(
            &home,
            "gh",
            "test \"$*\" = --version && echo 'gh version 2.23.0 (x)'",
        );
        home.expect("BTN-D38", "warn", "gh 2.23 is not logged in");
        home.expect_with(
            "BTN-D38",
            "ok",
            "is logged in",
            &[],
            &[("GH_TOKEN", "of-tests")],
        );
        let hosts = home.user().join(".config/gh/hosts.yml");
        fs::create_dir_all(hosts.parent().unwrap()).unwrap();
        fs::write(&hosts, "# no host\n").unwrap();
        home.expect("BTN-D38", "warn", "not logged in");
        fs::write(&hosts, "github.com:\n    user: somebody\n").unwrap();
        home.expect("BTN-D38", "ok", "is logged in");
        fs::remove_file(&hosts).unwrap();
        fs::create_dir(&hosts).unwrap();
        home.expect("BTN-D38", "fail", "hosts.yml of gh cannot be read");
        script(&home, "gh", "exec sleep 60");
        home.expect_with(
            "BTN-D38",
            "warn",
            "in time",
            &[],
            &[("BATON_CHECK_MS", "200")],
        );
        script(&home, "gh", "exit 1");
        home.expect("BTN-D38", "fail", "cannot be run");
    }
}
