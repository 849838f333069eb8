//! The report of an audit as a message.

use baton_state::r#gen::tables::{CLASS_LIMITS, ERROR_AUDIT_UNREAD};
use baton_state::proto::policy::v1::TextClass;
use baton_state::proto::segment::v1::{
    AuditFinding, AuditReport, AuditWarning, AuditedClass, LeftFile, Quarantine, RuleCount,
};

use super::found::{CLASSES, Finding, Found, Sum, Warning};
use super::quarantine::Quarantined;

/// The report of what was found.
pub fn report_of(mut found: Found) -> AuditReport {
    AuditReport {
        findings: found.findings().iter().map(finding_of).collect(),
        findings_total: Some(found.findings_total),
        warnings: found.warnings().iter().map(warning_of).collect(),
        warnings_total: Some(found.warnings_total),
        rules: found.rules.iter().map(rule_count).collect(),
        segments: Some(found.segments.count),
        segment_bytes: Some(found.segments.bytes),
        frames: Some(found.frames),
        fields: classes(&found.fields),
        unjudged_bytes: Some(found.unjudged),
        other_files: Some(found.others.count),
        other_bytes: Some(found.others.bytes),
        quarantine: None,
    }
}

/// The report of what was taken out.
pub fn quarantine_of(mut done: Quarantined) -> Quarantine {
    Quarantine {
        taken: done.taken.findings().iter().map(finding_of).collect(),
        taken_total: Some(done.taken.findings_total),
        frames: Some(done.frames),
        segments: Some(done.segments),
        left: done.left.into_iter().map(left_file).collect(),
    }
}

fn left_file((file, reason): (String, String)) -> LeftFile {
    LeftFile {
        file: Some(file),
        reason: Some(reason),
    }
}

fn finding_of(finding: &Finding) -> AuditFinding {
    AuditFinding {
        code: Some(finding.code.0.id.to_owned()),
        rule: Some(finding.rule.to_owned()),
        file: Some(finding.file.clone()),
        part: finding.frame.and_then(|frame| frame.part.map(i32::from)),
        frame: finding.frame.map(|frame| frame.offset),
        seq: finding.frame.and_then(|frame| frame.seq),
        field: finding.field.clone(),
        start: finding.range.map(|(start, _)| start),
        end: finding.range.map(|(_, end)| end),
    }
}

fn warning_of(warning: &Warning) -> AuditWarning {
    AuditWarning {
        code: Some(ERROR_AUDIT_UNREAD.id.to_owned()),
        file: Some(warning.file.clone()),
        reason: Some(warning.reason.clone()),
        start: warning.start,
    }
}

fn rule_count((rule, findings): (&&'static str, &u64)) -> RuleCount {
    RuleCount {
        rule: Some((*rule).to_owned()),
        findings: Some(*findings),
    }
}

/// The classes of which there are texts.
fn classes(sums: &[Sum; CLASSES.len()]) -> Vec<AuditedClass> {
    let classes = CLASSES.iter().zip(sums).filter(|(_, sum)| sum.count > 0);
    let classes = classes.map(|(class, sum)| {
        let named = CLASS_LIMITS.iter().find(|(known, _, _)| known == class);
        let name = named.map_or("UNSPECIFIED", |(_, name, _)| name);
        AuditedClass {
            class: TextClass::from_str_name(&format!("TEXT_CLASS_{name}")).map(i32::from),
            texts: Some(sum.count),
            bytes: Some(sum.bytes),
        }
    });
    classes.collect()
}
