//! `audit`: whether anything private lies in the state directory; `--quarantine` takes it out of segments.

use std::collections::BTreeSet;

use anstyle::AnsiColor;
use baton_state::r#gen::tables::{
    ERROR_AUDIT_BYTES, ERROR_AUDIT_FIELD, ERROR_AUDIT_FILE, ERROR_AUDIT_UNREAD,
    SEGMENT_AUDIT_REPORT,
};
use baton_state::home::known_to;
use baton_state::json::json_of_bytes;
use baton_state::proto::segment::v1::{
    AuditFinding, AuditReport, AuditWarning, FindingType, Quarantine,
};
use baton_state::segment::disk::LocalDisk;
use prost::Message as _;

use super::context::Context;
use super::lines::words;
use crate::audit::{Init, look_at_all, quarantine, quarantine_of, report_of};
use crate::checks::counted;
use crate::cli::AuditArgs;
use crate::outcome::Outcome;
use crate::progress::Progress;
use baton_native::failure::Failure;
use baton_native::output::{Output, shown};

/// Takes out first what can be taken out, with `--quarantine`, and prints a line for each of it. Prints a line per finding and
/// warning, what to do about each kind of them, and what was looked at; or the AuditReport with `--json`. Findings make exit 1;
/// else what could not be looked at makes exit 3.
pub fn run(context: &mut Context, args: &AuditArgs) -> Result<Outcome, Failure> {
    let progress = Progress::new(!context.out.shows_progress());
    // Settings that cannot be read name no files of secrets; BTN-D04 tells.
    let known = known_to(&context.home.config().unwrap_or_default());
    let init = Init {
        home: &context.home,
        known: known.as_ref(),
        now: context.now,
    };
    let add = |bytes| progress.add(bytes);
    let quarantined = args
        .quarantine
        .then(|| quarantine(&init, &mut LocalDisk::default(), add))
        .transpose()?;
    let found = look_at_all(context.home.dir(), known.as_ref(), |bytes| {
        progress.add(bytes);
    })?;
    progress.end();
    let mut report = report_of(found);
    report.quarantine = quarantined.map(quarantine_of);
    let out = &mut context.out;
    if out.json {
        out.data(json_of_bytes(
            SEGMENT_AUDIT_REPORT.name,
            &report.encode_to_vec(),
        )?)?;
    } else {
        print(out, &report)?;
    }
    Ok(match (report.findings_total(), report.warnings_total()) {
        (1.., _) => Outcome::Problems,
        (0, 1..) => Outcome::Loss,
        (0, 0) => Outcome::Done,
    })
}

/// Prints a line for each thing that was taken out, and for each file that had to be left.
fn print_quarantine(out: &mut Output, quarantine: &Quarantine) -> Result<(), Failure> {
    for taken in &quarantine.taken {
        print_tagged(out, AnsiColor::Green, "[done]", &finding_line(taken))?;
    }
    print_rest(
        out,
        quarantine.taken_total(),
        quarantine.taken.len(),
        "finding",
    )?;
    for left in &quarantine.left {
        let line = format!("{}: {}", left.file(), left.reason());
        print_tagged(out, AnsiColor::Yellow, "[left]", &line)?;
    }
    out.line(format!(
        "taken out: {} of {}",
        counted(quarantine.frames(), "frame"),
        counted(quarantine.segments(), "segment")
    ))
}

fn print(out: &mut Output, report: &AuditReport) -> Result<(), Failure> {
    if let Some(quarantine) = &report.quarantine {
        print_quarantine(out, quarantine)?;
    }
    for finding in &report.findings {
        print_tagged(out, AnsiColor::Red, "[fail]", &finding_line(finding))?;
    }
    print_rest(
        out,
        report.findings_total(),
        report.findings.len(),
        "finding",
    )?;
    for warning in &report.warnings {
        print_tagged(out, AnsiColor::Yellow, "[warn]", &warning_line(warning))?;
    }
    print_rest(
        out,
        report.warnings_total(),
        report.warnings.len(),
        "warning",
    )?;
    let codes = report.findings.iter().map(AuditFinding::code);
    let codes: BTreeSet<&str> = codes
        .chain(report.warnings.iter().map(AuditWarning::code))
        .collect();
    for error in [
        &ERROR_AUDIT_FIELD,
        &ERROR_AUDIT_BYTES,
        &ERROR_AUDIT_FILE,
        &ERROR_AUDIT_UNREAD,
    ] {
        if codes.contains(error.id) {
            out.line(format!("{}: {}", error.id, error.cause))?;
            out.line(format!("  help: {}", error.remedy))?;
        }
    }
    if report.findings_total() == 0 {
        print_tagged(out, AnsiColor::Green, "[ok]", "nothing private was found")?;
    } else {
        let rules: Vec<String> = report
            .rules
            .iter()
            .map(|count| format!("{} {}", count.findings(), count.rule()))
            .collect();
        let findings = counted(report.findings_total(), "finding");
        out.line(format!("{findings}: {}", rules.join(", ")))?;
    }
    for line in looked_at(report) {
        out.line(line)?;
    }
    Ok(())
}

fn print_tagged(out: &mut Output, color: AnsiColor, tag: &str, text: &str) -> Result<(), Failure> {
    let tag = out.painted(color, tag).into_owned();
    out.line(format!("{tag} {}", shown(text)))
}

/// Says how many there are that are not listed.
fn print_rest(out: &mut Output, total: u64, listed: usize, one: &str) -> Result<(), Failure> {
    match total.saturating_sub(listed as u64) {
        0 => Ok(()),
        more => out.line(format!("and {} that are not listed", counted(more, one))),
    }
}

/// "rule: file, frame 214, record 2, field handoff_note.text, bytes 4..44 (BTN-G03)".
fn finding_line(finding: &AuditFinding) -> String {
    let mut place = vec![finding.file().to_owned()];
    if let Some(offset) = finding.frame {
        place.push(format!("frame {offset}"));
    }
    match (finding.seq, finding.part) {
        (Some(seq), _) => place.push(format!("record {seq}")),
        (None, Some(_)) => place.push(part_name(finding.part())),
        (None, None) => {}
    }
    if let Some(field) = &finding.field {
        // The name of a file, and what a link says, are no fields.
        let what = if finding.frame.is_some() {
            "field "
        } else {
            ""
        };
        place.push(format!("{what}{field}"));
    }
    if let (Some(start), Some(end)) = (finding.start, finding.end) {
        place.push(format!("bytes {start}..{end}"));
    }
    let (rule, place, code) = (finding.rule(), place.join(", "), finding.code());
    format!("{rule}: {place} ({code})")
}

fn part_name(part: FindingType) -> String {
    words(part.as_str_name(), "FINDING_TYPE_")
}

fn warning_line(warning: &AuditWarning) -> String {
    let start = warning.start.map(|start| format!(", from byte {start} on"));
    format!(
        "{}{}: {} ({})",
        warning.file(),
        start.unwrap_or_default(),
        warning.reason(),
        warning.code()
    )
}

/// The counts.
fn looked_at(report: &AuditReport) -> Vec<String> {
    let texts: u64 = report.fields.iter().map(|class| class.texts()).sum();
    let classes: Vec<String> = report
        .fields
        .iter()
        .map(|class| {
            let name = words(class.class().as_str_name(), "TEXT_CLASS_");
            format!("{} {name}", class.texts())
        })
        .collect();
    let classes = match classes.as_slice() {
        [] => String::new(),
        classes => format!(": {}", classes.join(", ")),
    };
    vec![
        format!(
            "{} with {}, {}",
            counted(report.segments(), "segment"),
            counted(report.frames(), "frame"),
            counted(report.segment_bytes(), "byte"),
        ),
        format!("{} judged{classes}", counted(texts, "text")),
        format!(
            "{} of segments that only token rules can look at",
            counted(report.unjudged_bytes(), "byte")
        ),
        format!(
            "{}, {}",
            counted(report.other_files(), "other file"),
            counted(report.other_bytes(), "byte")
        ),
    ]
}
