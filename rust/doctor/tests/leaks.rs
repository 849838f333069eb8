//! Secrets and canaries in everything that the doctor looks at, and none in what it prints for others: the bundle, the
//! report, and the lines.
#![cfg(unix)]

mod home;
mod secrets;
mod user;

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use baton_state::proto::segment::v1::Header;
use baton_state::proto::state::v1::record::Kind;
use baton_state::proto::state::v1::{
    Client, ConfigFact, ModelState, NextAction, Pointer, Record, RuntimeSummary, UsageEvent,
    Validation,
};
use home::{Home, NOW, Run, header, model, note, segment_of, set_mode};
use prost::Message as _;
use secrets::{found, secrets};
use serde_json::json;
use user::User;

/// As many secrets as a round plants at least.
const EACH_ROUND: usize = 55;
/// In front of every word that is planted; it is a name of nothing.
const CANARY: &str = "quetzalbird";

/// Texts that are planted one after the other, every secret again and again.
struct Planted {
    secrets: Vec<String>,
    /// Places of the secrets, in the order in which they are planted.
    waiting: VecDeque<usize>,
    /// Places of the secrets that were planted.
    given: BTreeSet<usize>,
    canaries: Vec<String>,
}

impl Planted {
    /// Every round begins with other secrets.
    fn new(round: usize) -> Planted {
        let secrets = secrets();
        let mut waiting: VecDeque<usize> = (0..secrets.len()).collect();
        waiting.rotate_left(round * EACH_ROUND);
        Planted {
            waiting,
            secrets,
            given: BTreeSet::new(),
            canaries: Vec::new(),
        }
    }

    /// The next secret.
    fn secret(&mut self) -> String {
        self.next_of(|_| true)
    }

    /// The next secret that can be the name of a file.
    fn name(&mut self) -> String {
        self.next_of(|secret| !secret.contains(['/', '\n', '\0']) && secret.len() < 200)
    }

    /// Those that do not fit wait for the next place.
    fn next_of(&mut self, fits: fn(&str) -> bool) -> String {
        let waiting = self.waiting.iter();
        let place = waiting
            .map(|at| fits(&self.secrets[*at]))
            .position(|fits| fits);
        let at = self.waiting.remove(place.unwrap()).unwrap();
        self.waiting.push_back(at);
        self.given.insert(at);
        self.secrets[at].clone()
    }

    /// A word that no program knows.
    fn word(&mut self, place: &str) -> String {
        let word = format!("{CANARY}{place}");
        self.canaries.push(word.clone());
        word
    }

    /// All that must be nowhere.
    fn all(&self) -> Vec<String> {
        let both = self.secrets.iter().chain(&self.canaries);
        both.cloned().chain([CANARY.to_owned()]).collect()
    }
}

/// A proxy whose answers are made of a text.
fn serve(text: String) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let text = text.clone();
            thread::spawn(move || while respond(&stream, &text) {});
        }
    });
    port
}

fn respond(stream: &TcpStream, text: &str) -> bool {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let Some(target) = head.first().and_then(|line| line.split(' ').nth(1)) else {
        return false;
    };
    let body = match target.split('?').next().unwrap_or_default() {
        "/health" => json!({ "status": "ok", "models": [text], "version": text }),
        "/metrics" => {
            json!({ "app": text, "app_version": text, "routing": text, "models": [{ "id": text }] })
        }
        _ => json!({ "object": "list", "data": [{ "id": text, "name": text, "owned_by": text }] }),
    };
    let body = body.to_string();
    let mut stream = stream;
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 x\r\nx-{text}: {text}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .is_ok()
}

/// A user in whose every file, name and variable something is planted. `round` picks which texts stand where.
fn user_with(planted: &mut Planted, round: usize) -> User {
    let mut user = User::new();
    let home = &mut user.home;
    // The state directory, the user's home and the directory of the work have names too.
    let dir = home.folder.path().join(planted.word("state"));
    fs::rename(&home.dir, &dir).unwrap();
    home.dir = dir;
    state_directory(home, planted, round);
    let port = serve(planted.secret().replace(['\r', '\n'], " "));
    // None of these programs answers as its client would.
    user.set("BATON_CHECK_MS", "600");
    user.set("PORT", port.to_string());
    for name in ["USER", "LOGNAME"] {
        user.set(name, planted.word("user"));
    }
    user.set("HOSTNAME", planted.word("host"));
    user.set("SOME_API_KEY", planted.secret());
    user.set("PLAIN_VARIABLE", planted.word("variable"));
    user.set(
        "MANAGEMENT_TOKEN",
        planted.secret().replace(['\r', '\n'], " "),
    );
    user.set("OPENCODE_PROXY_PROVIDER", planted.word("provider"));
    clients(&user, planted, port, round);
    user
}

fn state_directory(home: &Home, planted: &mut Planted, round: usize) {
    let whole = fs::read(home.segment()).unwrap();
    let mut damaged = whole.clone();
    damaged[200] ^= 1;
    let segments = home.segments();
    // Names of segments, damaged ones too, of what is no segment, and of folders.
    for bytes in [&whole, &damaged, &b"x".to_vec()] {
        fs::write(segments.join(format!("{}.seg", planted.name())), bytes).unwrap();
        let word = planted.word("segment");
        fs::write(segments.join(format!("{word}.seg")), bytes).unwrap();
    }
    fs::write(segments.join(planted.name()), planted.secret()).unwrap();
    fs::create_dir(segments.join(planted.word("folder"))).unwrap();
    let unreadable = segments.join(format!("0{}.seg", planted.name()));
    symlink("/nowhere", unreadable).unwrap();
    // Records that no guard has seen, in a segment whose header lies.
    for (id, kind) in (40..).zip(kinds(planted)) {
        let header = Header {
            writer_name: Some(planted.name().chars().take(40).collect()),
            writer_version: Some(planted.word("version")),
            ..header(id)
        };
        let record = Record {
            stamp: Some((NOW as u64) << 16),
            observed_at: Some(NOW),
            workspace: Some(planted.word("workspace")),
            session: Some(planted.secret()),
            client: Some(Client::Codex.into()),
            kind: Some(kind),
        };
        let number = record.encode_to_vec();
        let kind = kind_of(&record);
        fs::write(
            segments.join(format!("{id:032x}.seg")),
            segment_of(&header, kind, &number),
        )
        .unwrap();
    }
    let foreign = segment_of(&header(99), 77, planted.secret().as_bytes());
    fs::write(segments.join(format!("{:032x}.seg", 99)), foreign).unwrap();
    // What lies beside the segments, open to all.
    for name in ["claims", "pending", "asked", "locks"] {
        fs::create_dir_all(home.dir.join(name)).unwrap();
        let file = home.dir.join(name).join(planted.name());
        fs::write(&file, planted.secret()).unwrap();
        set_mode(&file, 0o644);
    }
    let file = home.dir.join(planted.word("beside"));
    fs::write(&file, planted.secret()).unwrap();
    set_mode(&file, 0o644);
    home.write(
        "latest.json",
        format!("{}\n{}", planted.secret(), planted.word("snapshot")).as_bytes(),
    );
    home.write("index.redb", planted.secret().as_bytes());
    home.write(
        "init.json",
        json!({ "path": planted.secret() }).to_string().as_bytes(),
    );
    let config = json!({
        "publicHosts": [planted.word("host")],
        "usageProvider": planted.word("usage"),
        "checks": [planted.secret(), planted.word("check")],
        "proxy": planted.secret(),
        "retention": [{ "kind": planted.word("kind"), "days": 3 }],
    });
    let text = match round % 3 {
        0 => config.to_string(),
        1 => format!("{{\"{}\": 1}}", planted.word("setting")),
        _ => format!("{{ {} ", planted.secret()),
    };
    home.write("config.json", text.as_bytes());
}

/// A record of each kind that has texts.
fn kinds(planted: &mut Planted) -> Vec<Kind> {
    let Some(Kind::HandoffNote(said)) = note(NOW, "", 1, &planted.secret()).kind else {
        unreachable!()
    };
    let Some(Kind::ModelHealth(limited)) =
        model(NOW, &planted.word("recordmodel"), ModelState::Limited).kind
    else {
        unreachable!()
    };
    vec![
        Kind::HandoffNote(said),
        Kind::ModelHealth(limited),
        Kind::Pointer(Pointer {
            r#ref: Some(planted.secret()),
            ..Pointer::default()
        }),
        Kind::Validation(Validation {
            command: Some(planted.secret()),
            ..Validation::default()
        }),
        Kind::NextAction(NextAction {
            text: Some(planted.word("action")),
            ..NextAction::default()
        }),
        Kind::RuntimeSummary(RuntimeSummary {
            name: Some(planted.secret()),
            version: Some(planted.word("runtime")),
            ..RuntimeSummary::default()
        }),
        Kind::ConfigFact(ConfigFact {
            value: Some(planted.secret()),
            ..ConfigFact::default()
        }),
        Kind::UsageEvent(UsageEvent {
            ts: Some(NOW as f64),
            model: Some(planted.secret()),
            ..UsageEvent::default()
        }),
    ]
}

/// Number of the kind of a record: that of its field.
fn kind_of(record: &Record) -> u32 {
    let kind = baton_state::record::wire::fields_of(&record.encode_to_vec())
        .flatten()
        .map(|field| field.number)
        .max();
    kind.unwrap()
}

fn clients(user: &User, planted: &mut Planted, port: u16, round: usize) {
    let version = if round.is_multiple_of(2) {
        planted.secret().replace('\'', " ")
    } else {
        planted.word("version")
    };
    for program in ["codex", "opencode", "gh", "baton"] {
        user.script(
            program,
            &format!("echo 'x {version}'; echo '{version}' >&2"),
        );
    }
    let broken = |text: String| {
        if round % 3 == 2 {
            format!("{text} [[{{")
        } else {
            text
        }
    };
    let config = json!({
        "provider": {
            (planted.word("provider")): {
                "name": format!("proxy {}", planted.word("title")),
                "options": { "baseURL": format!("http://127.0.0.1:{port}/v1"), "apiKey": planted.secret() },
                "models": { (planted.word("model")): { "name": planted.secret() } },
            },
        },
        "model": format!("{}/{}", planted.word("provider"), planted.word("model")),
        "small_model": planted.secret(),
        "plugin": [planted.secret(), format!("file:///{}/baton.js", planted.word("plugin"))],
        "mcp": { "baton": { "type": "local", "command": ["cat", planted.secret()], "environment": { "K": planted.secret() } } },
        "keybinds": planted.secret(),
    });
    user.write(
        ".config/opencode/opencode.json",
        &broken(config.to_string()),
    );
    let toml = format!(
        "model = {:?}\n[mcp_servers.baton]\ncommand = \"cat\"\nargs = [{:?}]\nenv = {{ K = {:?} }}\n",
        planted.word("model"),
        planted.word("argument"),
        planted.word("value"),
    );
    user.write(".codex/config.toml", &broken(toml));
    let command = format!("{} hook codex baton", planted.word("launcher"));
    let hooks = json!({ "hooks": { (planted.word("event")): [{ "hooks": [{ "type": "command", "command": command }] }] } });
    user.write(".codex/hooks.json", &broken(hooks.to_string()));
    user.write(".codex/auth.json", &planted.secret());
    user.write(
        ".config/opencode-proxy/usage.jsonl",
        &format!(
            "{}\n{{\"model\":{:?}}}\n",
            planted.secret(),
            planted.word("model")
        ),
    );
    user.write(
        ".config/gh/hosts.yml",
        &format!(
            "github.com:\n  user: {}\n  oauth_token: {}\n",
            planted.word("user"),
            planted.secret()
        ),
    );
    user.write(".config/opencode/plugin/baton.js", &planted.secret());
    user.write(
        ".local/share/opencode/log/dev.log",
        &format!(
            "run=1 creating instance\nrun=1 failed to load plugin baton.js {}\n",
            planted.secret()
        ),
    );
    user.write(
        ".npmrc",
        &format!("//registry/:_authToken={}\n", planted.secret()),
    );
}

/// A repository below the user's home whose remote holds a secret.
fn repository(user: &User, planted: &mut Planted) -> PathBuf {
    let folder = user.path(&planted.word("repository"));
    fs::create_dir_all(&folder).unwrap();
    let git = |arguments: &[&str]| {
        let status = Command::new("git")
            .args(arguments)
            .current_dir(&folder)
            .status();
        assert!(status.unwrap().success());
    };
    git(&["init", "-q", "-b", &planted.word("branch")]);
    let remote = format!(
        "https://{}:{}@git.example/{}.git",
        planted.word("login"),
        planted.word("password"),
        planted.word("remote")
    );
    git(&["remote", "add", "origin", &remote]);
    fs::write(
        folder.join("opencode.json"),
        format!("{{ {:?} ", planted.secret()),
    )
    .unwrap();
    folder
}

/// What the doctor prints of a user: the bundle, the report with what it would mend, and the lines with what it mended.
fn printed(user: &User, dir: &Path) -> Vec<(String, Run)> {
    let bundle = user.home.folder.path().join("bundle.json");
    let _ = fs::remove_file(&bundle);
    let bundle = bundle.to_str().unwrap();
    [
        &["check", "--bundle", "-"][..],
        &["check", "--bundle", bundle, "--json", "--fix", "--dry-run"],
        &["check", "--fix"],
    ]
    .into_iter()
    .map(|arguments| {
        let run = Run::of(user.doctor(arguments).current_dir(dir).output().unwrap());
        assert!(run.code == Some(0) || run.code == Some(1), "{run:?}");
        (arguments.join(" "), run)
    })
    .collect()
}

#[test]
fn nothing_that_is_planted_anywhere_is_printed() {
    // The doctor waits for programs most of the time.
    let rounds: Vec<_> = (0..secrets().len().div_ceil(EACH_ROUND))
        .map(|round| thread::spawn(move || plant_and_look(round)))
        .collect();
    let given: BTreeSet<usize> = rounds
        .into_iter()
        .flat_map(|round| round.join().unwrap())
        .collect();
    assert_eq!(
        given.len(),
        secrets().len(),
        "some secrets were planted nowhere"
    );
}

/// Plants and looks. Gives the places of the secrets that were planted.
fn plant_and_look(round: usize) -> BTreeSet<usize> {
    let mut planted = Planted::new(round);
    let user = user_with(&mut planted, round);
    let dir = repository(&user, &mut planted);
    let folder = user.home.folder.path();
    let mut all = planted.all();
    all.push(folder.to_str().unwrap().to_owned());
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    all.extend(Some(host.trim().to_owned()).filter(|host| host.len() > 3));
    // On this machine checks name the provider and the models; in a bundle they do not.
    let shown_here = |text: &String| {
        ["provider", "model", "recordmodel"]
            .iter()
            .any(|place| *text == format!("{CANARY}{place}"))
    };
    let mut checks = 0;
    for (what, run) in printed(&user, &dir) {
        for text in [&run.stdout, &run.stderr] {
            let is_bundle = what == "check --bundle -";
            let (mut all, mut text) = (all.clone(), text.to_lowercase());
            if !is_bundle {
                for word in all.iter().filter(|word| shown_here(word)) {
                    text = text.replace(word, "");
                }
                all.retain(|word| !shown_here(word));
            }
            let text = &text;
            assert_eq!(
                found(&all, text),
                Vec::<&str>::new(),
                "round {round}, {what}: {text}"
            );
        }
        checks += run.stdout.matches("BTN-D").count();
    }
    let bundle = fs::read_to_string(folder.join("bundle.json")).unwrap();
    assert_eq!(found(&all, &bundle), Vec::<&str>::new(), "{bundle}");
    assert!(
        checks > 60,
        "round {round}: the checks were not there, {checks}"
    );
    planted.given
}

#[test]
fn the_search_finds_what_is_planted_in_every_form() {
    let mut planted = Planted::new(0);
    let word = planted.word("control");
    let secret = planted.secrets[0].clone();
    for planted in [word, secret] {
        let texts = [planted.clone()];
        for form in secrets::forms(&planted) {
            assert_eq!(
                found(&texts, &format!("{{\"x\":\"-{form}-\"}}")).len(),
                1,
                "{form}"
            );
        }
        assert_eq!(found(&texts, &planted.to_uppercase()).len(), 1);
        assert!(found(&texts, "nothing of it").is_empty());
    }
    // And by other hands than ours: coreutils.
    for (program, arguments) in [("base64", &["-w0"][..]), ("od", &["-An", "-tx1", "-v"])] {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(b"ab quetzalbird and more")
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let text: String = String::from_utf8(output.stdout)
            .unwrap()
            .split_whitespace()
            .collect();
        assert_eq!(
            found(&[CANARY.to_owned()], &text).len(),
            1,
            "{program}: {text}"
        );
    }
}
