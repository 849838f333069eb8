//! Secrets of every kind that the guard knows, made by the recipes of its cases, and the search for them in what is printed.
#![allow(dead_code)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// A secret of every kind, as the cases of the guard make them: tokens by themselves, and assignments, URLs and keys.
pub fn secrets() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/cases/guard");
    let mut secrets = Vec::new();
    for file in ["token.json", "secret.json"] {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let cases: Value = serde_json::from_str(&text).unwrap();
        for case in cases["cases"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let is_found = case["expected"]["verdict"]["action"] == "ACTION_REJECT";
            if is_found && !name.ends_with("inside a URL") {
                secrets.push(made(&case["request"]["guard"]["recipe"]));
            }
        }
    }
    assert!(secrets.len() > 150, "{}", secrets.len());
    secrets
}

/// A text that a rule finds by its form alone, and the rules that find it.
pub struct Token {
    pub text: String,
    /// The rules, and where the secret starts by each of them.
    pub rules: Vec<(String, u64)>,
}

/// A token of every rule of the pack, as its case makes it.
pub fn tokens() -> Vec<Token> {
    let file = "../../conformance/cases/guard/token.json";
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let cases: Value = serde_json::from_str(&text).unwrap();
    let cases = cases["cases"].as_array().unwrap().iter();
    let found = cases.filter(|case| {
        case["expected"]["verdict"]["action"] == "ACTION_REJECT"
            && !case["name"].as_str().unwrap().ends_with("inside a URL")
    });
    let tokens: Vec<Token> = found
        .map(|case| {
            let findings = case["expected"]["verdict"]["findings"].as_array().unwrap();
            let rules = findings.iter().map(|finding| {
                let rule = finding["rule"].as_str().unwrap().to_owned();
                (rule, finding["start"].as_u64().unwrap_or(0))
            });
            Token {
                text: made(&case["request"]["guard"]["recipe"]),
                rules: rules.collect(),
            }
        })
        .collect();
    assert!(tokens.len() >= 130, "{}", tokens.len());
    tokens
}

/// Follows a recipe (docs/privacy.md, section 5).
fn made(recipe: &Value) -> String {
    let mut text = String::new();
    for part in recipe.as_array().unwrap() {
        if let Some(literal) = part["literal"].as_str() {
            text.push_str(literal);
            continue;
        }
        let alphabet: Vec<char> = part["alphabet"].as_str().unwrap().chars().collect();
        let mut state = part["seed"].as_u64().unwrap_or(0) as u32;
        for _ in 0..part["length"].as_u64().unwrap() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push(alphabet[(state >> 16) as usize % alphabet.len()]);
        }
    }
    text
}

/// The forms in which a text would be found: as it is in any case, in base64 wherever it starts, hexadecimal, and percent.
pub fn forms(text: &str) -> Vec<String> {
    let mut forms = vec![text.to_lowercase()];
    let escaped = serde_json::to_string(text).unwrap();
    forms.push(escaped.trim_matches('"').to_lowercase());
    for shift in 0..3 {
        let bytes = [&vec![b'-'; shift][..], text.as_bytes()].concat();
        let whole = base64(&bytes);
        // The first and last characters hang on what stands beside it.
        forms.push(whole[4 * usize::from(shift > 0)..whole.len() - 4].to_lowercase());
    }
    let mut hex = String::new();
    let mut percent = String::new();
    for byte in text.bytes() {
        write!(hex, "{byte:02x}").unwrap();
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            percent.push(char::from(byte));
        } else {
            write!(percent, "%{byte:02x}").unwrap();
        }
    }
    forms.extend([hex, percent.to_lowercase()]);
    forms.retain(|form| form.len() > 3);
    forms
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let is_padding = at > chunk.len();
            let sextet = (bits >> (18 - 6 * at)) as usize & 63;
            text.push(if is_padding {
                '='
            } else {
                char::from(ALPHABET[sextet])
            });
        }
    }
    text
}

/// Which of the planted texts stand in what was printed, in any form.
pub fn found<'a>(planted: &'a [String], printed: &str) -> Vec<&'a str> {
    let printed = printed.to_lowercase();
    let stands = |text: &&String| forms(text).iter().any(|form| printed.contains(form));
    planted.iter().filter(stands).map(String::as_str).collect()
}
