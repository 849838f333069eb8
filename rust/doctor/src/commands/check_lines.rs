//! What `check` prints for people.

use anstyle::AnsiColor;
use baton_state::proto::state::v1::{CheckReport, Fix};

use baton_native::failure::Failure;
use baton_native::output::{Output, shown};

/// Prints a line per deed of `--fix`.
pub fn print_fixes(out: &mut Output, fixes: &[Fix]) -> Result<(), Failure> {
    for fix in fixes {
        let tag = tag(out, fix.outcome());
        let reason = fix.reason.as_deref().map(|reason| format!(": {reason}"));
        let line = format!("{} {}{}", fix.id(), fix.deed(), reason.unwrap_or_default());
        out.line(format!("{tag} {}", shown(&line)))?;
    }
    if fixes.is_empty() {
        out.line("nothing to mend")?;
    }
    Ok(())
}

/// Prints a line per check and what to do, below the names of the categories where `with_categories` says so.
pub fn print_checks(
    out: &mut Output,
    report: &CheckReport,
    with_categories: bool,
) -> Result<(), Failure> {
    let mut category = "";
    for check in &report.checks {
        if with_categories && check.category() != category {
            category = check.category();
            out.line(category)?;
        }
        let tag = tag(out, check.status());
        out.line(format!("{tag} {} {}", check.id(), shown(check.message())))?;
        if let Some(remedy) = &check.remedy {
            out.line(format!("       help: {}", shown(remedy)))?;
        }
    }
    out.line(totals(report))
}

/// Prints one line for all checks and fixes. What fails comes first, for bars that cut the end off.
pub fn print_line(out: &mut Output, report: &CheckReport) -> Result<(), Failure> {
    let of = |status: &'static str| {
        let checks = report.checks.iter();
        checks.filter(move |check| check.status() == status)
    };
    let amiss: Vec<String> = of("fail")
        .chain(of("warn"))
        .map(|check| format!("{} {}", check.status(), check.id()))
        .collect();
    let worst = match (report.fail(), report.warn()) {
        (0, 0) => "ok",
        (0, _) => "warn",
        _ => "fail",
    };
    let list = if amiss.is_empty() {
        String::new()
    } else {
        format!(": {}", amiss.join(", "))
    };
    let fixes: String = ["failed", "done", "planned"]
        .into_iter()
        .filter_map(|outcome| {
            let fixes = report.fixes.iter();
            let count = fixes.filter(|fix| fix.outcome() == outcome).count();
            (count > 0).then(|| format!("; fixes {outcome}: {count}"))
        })
        .collect();
    let tag = tag(out, worst);
    out.line(format!("{tag} {}{list}{fixes}", totals(report)))
}

fn totals(report: &CheckReport) -> String {
    format!(
        "{} ok, {} warn, {} fail",
        report.ok(),
        report.warn(),
        report.fail()
    )
}

fn tag(out: &Output, word: &str) -> String {
    out.painted(color(word), &format!("[{word}]")).into_owned()
}

fn color(status: &str) -> AnsiColor {
    match status {
        "ok" | "done" => AnsiColor::Green,
        "warn" | "planned" => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    }
}
