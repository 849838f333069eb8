//! Where the state directory is, and what lies in it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use baton_state::home::{
    Home, alias, digest, is_remote_place, key_id, now, parse_config, state_directory,
};

/// Made with node:crypto.
const ALIAS: &str = "ws-d3b694cae97e1547";
const DIGEST: &str = "96218135c4487129ae60579dc56c4b70";
const KEY_ID: [u8; 8] = [0xee, 0x35, 0x32, 0x24, 0x6f, 0x33, 0xf6, 0xa2];

fn env(pairs: &[(&str, &str)]) -> impl Fn(&str) -> Option<OsString> + use<> {
    let pairs: Vec<(String, OsString)> = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), OsString::from(value)))
        .collect();
    move |name| {
        pairs
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.clone())
    }
}

fn directory(os: &str, pairs: &[(&str, &str)]) -> PathBuf {
    let home = [("HOME", "/home/u")];
    state_directory(None, &env(&[pairs, &home].concat()), os).unwrap()
}

#[test]
fn the_state_directory_is_where_the_platform_keeps_state_unless_it_is_named() {
    assert_eq!(
        directory("linux", &[]),
        Path::new("/home/u/.local/state/baton")
    );
    assert_eq!(
        directory("linux", &[("XDG_STATE_HOME", "/s")]),
        Path::new("/s/baton")
    );
    assert_eq!(
        directory("linux", &[("XDG_STATE_HOME", "relative")]),
        Path::new("/home/u/.local/state/baton")
    );
    assert_eq!(
        directory("macos", &[("XDG_STATE_HOME", "/s")]),
        Path::new("/home/u/Library/Application Support/baton")
    );
    assert_eq!(
        directory("linux", &[("BATON_HOME", "/b"), ("XDG_STATE_HOME", "/s")]),
        Path::new("/b")
    );
    assert_eq!(
        directory("linux", &[("BATON_HOME", "")]),
        Path::new("/home/u/.local/state/baton")
    );
    assert!(directory("windows", &[("LOCALAPPDATA", "/l")]).ends_with("l/baton"));
    let named = state_directory(
        Some(Path::new("/h")),
        &env(&[("BATON_HOME", "/b")]),
        "linux",
    );
    assert_eq!(named.as_deref(), Some(Path::new("/h")));
}

#[test]
fn a_synchroniser_or_another_machine_is_seen() {
    let mounts = "/dev/sda1 / ext4 rw 0 0\n\
        server:/x /home/u/with\\040space nfs4 rw 0 0\n\
        //server/share /media/share cifs rw 0 0\n\
        /dev/sdb1 /media/share/disk ext4 rw 0 0\n\
        C:\\134 /mnt/c 9p rw,aname=drvfs 0 0\n\
        D:\\134 /mnt/d 9p rw 0 0\n\
        rootfs /vm 9p rw,trans=virtio 0 0\n";
    for remote in [
        "/home/u/OneDrive - Company/baton",
        "/home/u/Dropbox/baton",
        "/home/u/Dropbox (Personal)/baton",
        "/Users/u/Library/Mobile Documents/com~apple/baton",
        "/Users/u/Library/CloudStorage/x/baton",
        "\\\\server\\share\\baton",
        "\\\\?\\UNC\\server\\share\\baton",
        "C:\\Users\\u\\OneDrive\\baton",
        "/home/u/with space/baton",
        "/media/share/baton",
        "/mnt/c/Users/u/baton",
        "/mnt/d/baton",
    ] {
        assert!(is_remote_place(remote, mounts), "{remote}");
    }
    for local in [
        "/home/u/.local/state/baton",
        "/home/u/dropboxes/baton",
        "/media/share/disk/baton",
        "/media/sharedisk/baton",
        "/vm/baton",
        "C:\\Users\\u\\AppData\\Local\\baton",
        "\\\\?\\C:\\baton",
    ] {
        assert!(!is_remote_place(local, mounts), "{local}");
    }
}

#[test]
fn a_synced_folder_is_refused_unless_it_is_named_and_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("Dropbox").join("baton");
    let open = |pairs: &[(&str, &str)]| Home::open(Some(&home), &env(pairs)).unwrap();
    assert_eq!(open(&[]).create().unwrap_err().code(), "BTN-H02");
    let unnamed = env(&[
        ("XDG_STATE_HOME", home.to_str().unwrap()),
        ("LOCALAPPDATA", home.to_str().unwrap()),
        ("BATON_ALLOW_REMOTE", "1"),
    ]);
    assert_eq!(
        Home::open(None, &unnamed)
            .unwrap()
            .create()
            .unwrap_err()
            .code(),
        "BTN-H02"
    );
    assert!(!home.exists());
    open(&[("BATON_ALLOW_REMOTE", "1")]).create().unwrap();
    assert!(home.join("segments").is_dir());
}

#[cfg(unix)]
#[test]
fn the_state_directory_is_for_its_owner_alone_and_errors_do_not_tell_its_path() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let home = Home::open(Some(&dir.path().join("a").join("b")), &env(&[])).unwrap();
    home.create().unwrap();
    for path in [home.dir(), &home.segments()] {
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }
    fs::write(dir.path().join("file"), b"").unwrap();
    let error = Home::open(Some(&dir.path().join("file").join("b")), &env(&[]))
        .unwrap()
        .create()
        .unwrap_err();
    assert_eq!(error.code(), "BTN-H01");
    assert!(!error.to_string().contains(dir.path().to_str().unwrap()));
}

#[cfg(unix)]
#[test]
fn a_state_directory_that_is_a_file_cannot_be_used_whatever_is_asked_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, b"").unwrap();
    let home = Home::open(Some(&file), &env(&[])).unwrap();
    let errors = [
        home.create().unwrap_err(),
        home.config().unwrap_err(),
        home.read_key().unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.code(), "BTN-H01");
        assert_eq!(error.place.as_deref(), Some("not a directory"));
    }
}

#[test]
fn readers_never_make_the_key_and_refuse_one_of_another_length() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::open(Some(dir.path()), &env(&[])).unwrap();
    assert_eq!(home.read_key().unwrap(), None);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    for size in [31, 33] {
        fs::write(dir.path().join("install.key"), vec![7; size]).unwrap();
        assert_eq!(home.read_key().unwrap_err().code(), "BTN-H03");
    }
    fs::write(dir.path().join("install.key"), [7; 32]).unwrap();
    assert_eq!(home.read_key().unwrap(), Some([7; 32]));
}

#[test]
fn aliases_and_digests_are_those_of_typescript() {
    let key = [7; 32];
    assert_eq!(alias(&key, "workspace", "ws-", "example"), ALIAS);
    assert_eq!(digest(&key, "argv", "example"), DIGEST);
    assert_eq!(key_id(&key), KEY_ID);
}

#[test]
fn the_clock_can_be_fixed() {
    let at = |fixed| now(&env(&[("BATON_NOW", fixed)]));
    assert_eq!(at("1700000000000").unwrap(), 1_700_000_000_000);
    assert_eq!(at("2023-11-14T22:13:20Z").unwrap(), 1_700_000_000_000);
    assert_eq!(
        at("2023-11-15t00:13:20.5+02:00").unwrap(),
        1_700_000_000_500
    );
    for wrong in [
        "tomorrow",
        "2023-11-14",
        "2023-11-14T22:13Z",
        "1e3",
        "-1",
        "1234567890123456",
    ] {
        assert_eq!(at(wrong).unwrap_err().code(), "BTN-A01", "{wrong}");
    }
    assert!(now(&env(&[])).unwrap() > 1_700_000_000_000);
}

#[test]
fn config_json_is_proto3_json_and_nothing_else() {
    let config = parse_config(br#"{"publicHosts":["git.example.org"],"workspace":{"alias":true},"retention":[{"kind":"pointer","days":7}]}"#);
    let config = config.unwrap();
    assert_eq!(config.public_hosts, ["git.example.org"]);
    assert_eq!(config.workspace.unwrap().alias, Some(true));
    assert_eq!(config.retention[0].days, Some(7));
    assert_eq!(parse_config(b"{}").unwrap(), Default::default());
    let long = format!(r#"{{"usageProvider":"{}"}}"#, "x".repeat(65));
    for wrong in [
        "",
        "[]",
        "{\"host\":1}",
        "{\"workspace\":{\"alias\":1}}",
        "{\"retention\":[{\"days\":-1}]}",
        &long,
    ] {
        assert_eq!(
            parse_config(wrong.as_bytes()).unwrap_err().code(),
            "BTN-H04",
            "{wrong}"
        );
    }
}
