//! State directories for tests, written as programs write them, and the doctor to look at them.
#![allow(dead_code)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use baton_state::guard::record::guard_record;
use baton_state::home::key_id;
use baton_state::proto::segment::v1::Header;
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{
    HandoffNote, ModelHealth, ModelState, NoteCategory, Pointer, PointerType, Record, UsageEvent,
};
use baton_state::segment::frame::{Frame, RECORD, SegmentCrc, push_frame};
use baton_state::segment::header::opening;
use baton_state::segment::writer::{Durability, Writer, WriterInit};
use tempfile::TempDir;

pub const NOW: i64 = 1_790_000_000_000;
pub const DAY: i64 = 86_400_000;
/// How long checks may wait that must not run out of time.
pub const PATIENT: &str = "20000";
pub const HERE: &str = "github.com/owner/here";

/// A state directory that goes away with the value, and a folder outside any repository.
pub struct Home {
    pub folder: TempDir,
    pub dir: PathBuf,
    /// The doctor that looks at it.
    pub program: PathBuf,
}

impl Home {
    /// One that nothing was recorded in.
    pub fn new() -> Home {
        let folder = TempDir::new().unwrap();
        let dir = folder.path().join("home");
        let program = PathBuf::from(env!("CARGO_BIN_EXE_opencode-proxy-doctor"));
        Home {
            folder,
            dir,
            program,
        }
    }

    /// One with a key, a note, a branch, a model and some usage.
    pub fn used() -> Home {
        let home = Home::new();
        home.make();
        home.write_key(7);
        let mut records = vec![
            note(NOW - 60_000, HERE, 1, "Look at the parser"),
            branch(NOW - 50_000),
        ];
        records.push(model(NOW - 40_000, "vendor/one", ModelState::Available));
        records.extend((0..5).map(|n| usage(NOW - 1000 * n)));
        home.record(&records);
        home
    }

    pub fn make(&self) {
        baton_state::home::Home::open(Some(&self.dir), &|_| None)
            .unwrap()
            .create()
            .unwrap();
    }

    pub fn write_key(&self, byte: u8) {
        self.write("install.key", &[byte; 32]);
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.dir.join(name), bytes).unwrap();
        #[cfg(unix)]
        set_mode(&self.dir.join(name), 0o600);
    }

    pub fn segments(&self) -> PathBuf {
        self.dir.join("segments")
    }

    /// Path of the only segment.
    pub fn segment(&self) -> PathBuf {
        fs::read_dir(self.segments())
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path()
    }

    /// Records with a writer of their own, sealed.
    pub fn record(&self, records: &[Record]) {
        let init = WriterInit {
            dir: self.segments(),
            name: "test".to_owned(),
            version: "1".to_owned(),
            key_id: Some(key_id(&[7; 32])),
        };
        let mut writer = Writer::open(init).unwrap();
        let guarded: Vec<_> = records
            .iter()
            .map(|record| guard_record(record).unwrap())
            .collect();
        writer.append(&guarded, Durability::Written).unwrap();
        writer.close();
    }

    /// The doctor, on this home, at NOW, outside any repository.
    pub fn doctor(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
            .env("BATON_HOME", &self.dir)
            .env("BATON_NOW", NOW.to_string())
            .env("BATON_GIT_MS", PATIENT)
            .env("BATON_CHECK_MS", PATIENT);
        command
            .env_remove("NO_COLOR")
            .env("TZ", "UTC")
            .env_remove("USAGE_DB_PATH");
        self.hide_clients(&mut command);
        command
    }

    /// Where the user's own files lie in tests.
    pub fn user(&self) -> PathBuf {
        self.folder.path().join("user")
    }

    /// Hides the clients of whoever runs the tests: another home directory, no client on PATH, a proxy where none is.
    fn hide_clients(&self, command: &mut Command) {
        fs::create_dir_all(self.user()).unwrap();
        for name in ["HOME", "USERPROFILE"] {
            command.env(name, self.user());
        }
        for name in [
            "CODEX_HOME",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_STATE_HOME",
            "OPENCODE_CONFIG",
            "OPENCODE_CONFIG_DIR",
            "OPENCODE_PROXY_PROVIDER",
            "OPENCODE_PROXY_BASE_URL",
            "MANAGEMENT_TOKEN",
            "OPENCODE_PROXY_TOKEN",
            "HOST",
            "npm_config_fetch_retries",
        ] {
            command.env_remove(name);
        }
        command.env("PORT", "9");
        #[cfg(unix)]
        command.env("PATH", self.programs());
    }

    /// A folder of programs that holds those which the doctor and the tests need, and no client.
    #[cfg(unix)]
    pub fn programs(&self) -> PathBuf {
        let programs = self.folder.path().join("programs");
        if !programs.is_dir() {
            fs::create_dir_all(&programs).unwrap();
            let folders = std::env::var_os("PATH").unwrap();
            for name in ["git", "node", "sh", "sleep", "yes", "env", "cat"] {
                let found = std::env::split_paths(&folders).map(|folder| folder.join(name));
                if let Some(program) = found.into_iter().find(|program| program.exists()) {
                    std::os::unix::fs::symlink(program, programs.join(name)).unwrap();
                }
            }
        }
        programs
    }

    /// Whether a command can be started here.
    pub fn command_is_there(&self, name: &str) -> bool {
        Command::new(name).arg("--version").output().is_ok()
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.doctor(arguments).output().unwrap())
    }

    /// Asserts the status of a check that is asked for alone, and what its message holds. tests/coverage.rs looks for calls
    /// of functions of this name.
    #[track_caller]
    pub fn expect(&self, id: &str, status: &str, holds: &str) {
        self.expect_with(id, status, holds, &[], &[]);
    }

    /// The same, with more arguments and variables.
    #[track_caller]
    pub fn expect_with(
        &self,
        id: &str,
        status: &str,
        holds: &str,
        arguments: &[&str],
        env: &[(&str, &str)],
    ) {
        let mut doctor = self.doctor(&[&["check", "--json", "--only", id], arguments].concat());
        doctor.envs(env.iter().copied());
        let (found, message) = Run::of(doctor.output().unwrap()).check(self, id);
        assert_eq!(found, status, "{id}: {message}");
        assert!(message.contains(holds), "{id}: {message}");
    }
}

/// What a run of the doctor came to.
#[derive(Debug, PartialEq, Eq)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn of(output: Output) -> Run {
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Status and message of the only check of a report. It must carry a remedy exactly when it is not ok, and must tell
    /// nothing about the machine.
    #[track_caller]
    pub fn check(&self, home: &Home, id: &str) -> (String, String) {
        let report: serde_json::Value =
            serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("{self:?}"));
        let [check] = report["checks"].as_array().unwrap().as_slice() else {
            panic!("{report}");
        };
        assert_eq!(check["id"], id);
        let status = check["status"].as_str().unwrap();
        assert_eq!(self.code, Some(i32::from(status == "fail")));
        assert_eq!(check["remedy"].is_string(), status != "ok", "{check}");
        let folder = home.folder.path().to_string_lossy();
        for text in [&check["message"], &check["remedy"]] {
            let text = text.as_str().unwrap_or_default();
            assert!(!text.contains(&*folder) && text.len() <= 400, "{text}");
        }
        let message = check["message"].as_str().unwrap();
        (status.to_owned(), message.to_owned())
    }

    /// Stdout of a run that must have ended with 0 and said nothing else.
    pub fn answer(self) -> String {
        assert_eq!(
            (self.code, self.stderr.as_str()),
            (Some(0), ""),
            "{}",
            self.stdout
        );
        self.stdout
    }
}

#[cfg(unix)]
pub fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub fn record(at: i64, workspace: Option<&str>, kind: Kind) -> Record {
    Record {
        stamp: Some((at as u64) << 16),
        observed_at: Some(at),
        workspace: workspace.map(str::to_owned),
        kind: Some(kind),
        ..Record::default()
    }
}

pub fn note(at: i64, workspace: &str, id: u64, text: &str) -> Record {
    let note = HandoffNote {
        id: Some(format!("n-{id:016x}")),
        text: Some(text.to_owned()),
        category: Some(NoteCategory::Note.into()),
    };
    record(at, Some(workspace), Kind::HandoffNote(note))
}

pub fn branch(at: i64) -> Record {
    let pointer = Pointer {
        r#type: Some(PointerType::Branch.into()),
        r#ref: Some("feature/empty-list".to_owned()),
        active: Some(true),
        ..Pointer::default()
    };
    record(at, Some(HERE), Kind::Pointer(pointer))
}

pub fn model(at: i64, name: &str, state: ModelState) -> Record {
    let health = ModelHealth {
        provider: Some("zen".to_owned()),
        model: Some(name.to_owned()),
        state: Some(state.into()),
        ..ModelHealth::default()
    };
    record(at, None, Kind::ModelHealth(health))
}

pub fn usage(at: i64) -> Record {
    let event = UsageEvent {
        v: Some(1),
        ts: Some(at as f64),
        model: Some("vendor/one".to_owned()),
        status: Some(200),
        ok: Some(true),
        total_tokens: Some(10),
        usage_reported: Some(true),
        ..UsageEvent::default()
    };
    record(at, None, Kind::UsageEvent(event))
}

/// The smallest header of this id.
pub fn header(id: u8) -> Header {
    Header {
        format_major: Some(1),
        format_minor: Some(0),
        segment_id: Some(vec![id; 16]),
        writer_id: Some(vec![5; 16]),
        first_seq: Some(1),
        ..Header::default()
    }
}

/// A segment of one record that no guard has seen.
pub fn segment_of(header: &Header, kind: u32, payload: &[u8]) -> Vec<u8> {
    let id = header.segment_id().try_into().unwrap();
    let mut bytes = opening(&id, header);
    let frame = Frame {
        ty: RECORD,
        kind,
        seq: 1,
        origin: None,
        payload,
    };
    push_frame(&mut bytes, SegmentCrc::new(&id), &frame);
    bytes
}
