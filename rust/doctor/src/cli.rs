//! The command line. docs/doctor.md describes it.

use std::path::PathBuf;

use crate::nearest::nearest;
use baton_native::command_line::Setup;
use baton_native::output::Options;
use baton_state::proto::state::v1::BriefReason;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

/// Shows what Baton knows, whether all of it is sound, and what to do about what is not.
#[derive(Debug, Parser)]
#[command(
    name = "opencode-proxy-doctor",
    version,
    disable_help_subcommand = true,
    after_help = "\
Examples:
  opencode-proxy-doctor                       check everything
  opencode-proxy-doctor resume                what was I doing here?
  opencode-proxy-doctor status --json         the folded state of all workspaces

Exit codes: 0 done, 1 problems found or failed, 2 not understood, 3 finished with loss"
)]
pub struct Cli {
    /// What all commands share.
    #[command(flatten)]
    pub global: Global,
    /// Options of `check`, which runs where no command is named.
    #[command(flatten)]
    pub check: CheckArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What all commands share.
#[derive(Debug, Args)]
pub struct Global {
    /// State directory, instead of BATON_HOME or the platform's
    #[arg(long, global = true, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// One JSON document on stdout, nothing else
    #[arg(long, global = true)]
    pub json: bool,
    /// Nothing on stderr but errors
    #[arg(long, global = true)]
    pub quiet: bool,
    /// No colours, as NO_COLOR asks for
    #[arg(long, global = true, action = ArgAction::SetTrue)]
    pub no_color: bool,
}

impl Global {
    /// What they say of output.
    pub fn output(&self) -> Options {
        Options {
            json: self.json,
            quiet: self.quiet,
            no_color: self.no_color,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the state directory, its segments, the index and the clients
    #[command(
        after_help = "Example:\n  opencode-proxy-doctor check --fail-on limited --only BTN-D40,BTN-D54\n  opencode-proxy-doctor check --fix --dry-run\n  opencode-proxy-doctor check --bundle bundle.json"
    )]
    Check(CheckArgs),
    /// Print the brief of the workspace that holds the current directory
    #[command(
        after_help = "Example:\n  opencode-proxy-doctor resume --workspace github.com/owner/repo"
    )]
    Resume(ResumeArgs),
    /// Show the folded state of all workspaces and of the machine
    #[command(after_help = "Example:\n  opencode-proxy-doctor status --json | jq .workspaces")]
    Status,
    /// Look at the work as it goes on, in this terminal
    #[command(
        after_help = "Example:\n  opencode-proxy-doctor watch\n\nKeys: ? shows them, q quits"
    )]
    Watch,
    /// Sum up what the proxy was used for
    #[command(
        after_help = "Example:\n  opencode-proxy-doctor usage --days 7 --file ~/.config/opencode-proxy/usage.jsonl"
    )]
    Usage(UsageArgs),
    /// Make one page to look at: work, checks, usage, limits, models, what is stored
    #[command(after_help = "Example:\n  opencode-proxy-doctor report -o report.html --days 7")]
    Report(ReportArgs),
    /// Prove every frame of every segment
    #[command(after_help = "Example:\n  opencode-proxy-doctor verify --json | jq .problems")]
    Verify,
    /// Look at every stored byte for what the guard would not store
    #[command(
        after_help = "Example:\n  opencode-proxy-doctor audit --json | jq '.findings[] | {rule, file, field}'\n  opencode-proxy-doctor audit --quarantine"
    )]
    Audit(AuditArgs),
    /// Print records for people, of single segment files where some are named
    #[command(
        after_help = "Example:\n  opencode-proxy-doctor dump ~/.local/state/baton/segments/3f9c….seg"
    )]
    Dump(DumpArgs),
    /// Ask the records as tables of SQLite, with one statement that reads
    #[command(
        after_help = "Example:\n  opencode-proxy-doctor sql 'SELECT at, command FROM validations WHERE exit_code <> 0'\n  opencode-proxy-doctor sql 'SELECT name, sql FROM sqlite_schema'   all tables"
    )]
    Sql(SqlArgs),
    /// Print every record that counts as one line of JSON, or write the tables of `sql` into a SQLite file
    #[command(
        after_help = "Example:\n  opencode-proxy-doctor export --jsonl > records.jsonl\n  opencode-proxy-doctor export --sqlite baton.db"
    )]
    Export(ExportArgs),
    /// Copy what proves of one damaged segment into a new file
    #[command(
        after_help = "Example:\n  opencode-proxy-doctor recover ~/.local/state/baton/segments/3f9c….seg -o sound.seg\n\nThe damaged file stays as it is. Exit code 3: something of it was lost."
    )]
    Recover(RecoverArgs),
    /// Drop the index and build it again from the segments
    #[command(after_help = "Example:\n  opencode-proxy-doctor rebuild")]
    Rebuild,
    /// Judge texts: lines {"class":"NOTE","text":"…"} on stdin, a verdict per line on stdout
    #[command(
        after_help = "Example:\n  echo '{\"class\":\"NOTE\",\"text\":\"tests pass\"}' | opencode-proxy-doctor guard"
    )]
    Guard,
    /// What is done for those who install the program.
    #[command(flatten)]
    Setup(Setup),
}

/// Options of `check`.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub struct CheckArgs {
    /// One line for all checks
    #[arg(long, conflicts_with = "json")]
    pub compact: bool,
    /// Model state that counts as failed: limited (also retry and error), error, never [default: never]
    #[arg(long, value_name = "STATE", hide_possible_values = true)]
    pub fail_on: Option<FailOn>,
    /// Ask nothing over the network, not even of the proxy on this machine
    #[arg(long)]
    pub offline: bool,
    /// First mend what is safe to mend: modes, what killed writers left behind, caches
    #[arg(long)]
    pub fix: bool,
    /// With --fix: say what it would do, and change nothing
    #[arg(long, requires = "fix")]
    pub dry_run: bool,
    /// Write what may be attached to a public issue into a new file; - is stdout, in place of the report
    #[arg(long, value_name = "FILE")]
    pub bundle: Option<PathBuf>,
    /// Only these checks, by their ids
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = check_id)]
    pub only: Vec<&'static str>,
}

/// The id of a check.
fn check_id(id: &str) -> Result<&'static str, String> {
    let mut ids = crate::checks::ids();
    ids.find(|known| known.eq_ignore_ascii_case(id))
        .ok_or_else(|| match nearest(id, crate::checks::ids()) {
            Some(meant) => format!("no check has this id, did you mean {meant}?"),
            None => "no check has this id: opencode-proxy-doctor check lists them".to_owned(),
        })
}

/// From which model state on `check` fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// From a limited model on.
    Limited,
    /// From a model in error on.
    Error,
    /// Never for a model.
    Never,
}

/// Options of `resume`.
#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// Workspace to print, instead of the one that holds the current directory
    #[arg(long, value_name = "W")]
    pub workspace: Option<String>,
    /// Why the brief is asked for
    #[arg(long, value_name = "REASON", default_value = "startup")]
    pub reason: Reason,
}

/// Why a brief is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Reason {
    /// A session starts or is resumed.
    Startup,
    /// The context was compacted.
    Compact,
}

impl From<Reason> for BriefReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Startup => BriefReason::Startup,
            Reason::Compact => BriefReason::Compact,
        }
    }
}

/// Options of `usage`.
#[derive(Debug, Args)]
pub struct UsageArgs {
    /// Days to list, today included [default: 7]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3660))]
    pub days: Option<u32>,
    /// Read this usage.jsonl instead of the segments
    #[arg(long, value_name = "PATH")]
    pub file: Option<PathBuf>,
}

/// Options of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// File to write, or - for stdout; a report that is there is replaced, any other file is not
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Days to tell of, today included
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=92))]
    pub days: u32,
}

/// Options of `audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// First take what holds it out of sealed segments: for good, and all other records stay
    #[arg(long)]
    pub quarantine: bool,
}

/// Options of `dump`.
#[derive(Debug, Args)]
pub struct DumpArgs {
    /// Segment files; all records that count where none is named
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Options of `recover`.
#[derive(Debug, Args)]
pub struct RecoverArgs {
    /// The damaged segment
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The file to write, which must not be there yet
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
}

/// Options of `sql`.
#[derive(Debug, Args)]
pub struct SqlArgs {
    /// The statement, or - to read it from stdin; docs/sql.md lists the tables
    #[arg(value_name = "SQL")]
    pub statement: String,
    /// Comma-separated values (RFC 4180) instead of a table
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
}

/// Options of `export`.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct ExportArgs {
    /// One line of JSON per record, in the order of writer and sequence number
    #[arg(long)]
    pub jsonl: bool,
    /// A new file with the tables of `sql`, as they are now
    #[arg(long, value_name = "FILE")]
    pub sqlite: Option<PathBuf>,
}
