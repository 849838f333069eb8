//! The page of `report` for tests: what it says, and whether it is made as it has to be.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::home::Home;

/// A page.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    pub html: String,
}

/// The page of a state directory.
pub fn page(home: &Home, arguments: &[&str]) -> Page {
    let html = home.run(&[&["report", "-o", "-"], arguments].concat());
    Page {
        html: html.answer(),
    }
}

/// Red, green and blue.
pub type Color = [u8; 3];

impl Page {
    /// What stands between two tags.
    fn between(&self, start: &str, end: &str) -> &str {
        let (_, rest) = self.html.split_once(start).unwrap();
        rest.split_once(end).unwrap().0
    }

    pub fn style(&self) -> &str {
        self.between("<style>", "</style>")
    }

    pub fn policy(&self) -> &str {
        self.between("Content-Security-Policy\" content=\"", "\"")
    }

    /// The tags with their attributes, in order.
    fn tags(&self) -> Vec<&str> {
        let (_, body) = self.html.split_once("</style>").unwrap();
        let tags = body.split('<').skip(1);
        tags.map(|rest| rest.split_once('>').unwrap().0).collect()
    }

    /// The words of the body, one space apart.
    pub fn text(&self) -> String {
        let (_, body) = self.html.split_once("<body>").unwrap();
        let words = body.split('<').filter_map(|rest| rest.split_once('>'));
        let text: String = words.map(|(_, text)| format!("{text} ")).collect();
        let text = text.replace('\u{a0}', " ");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The words from the first of these on to the second one behind it.
    pub fn text_between(&self, from: &str, to: &str) -> String {
        let text = self.text();
        let (_, rest) = text.split_once("Skip to the report").unwrap();
        let (_, rest) = rest.split_once("all times are local.").unwrap();
        let (_, rest) = rest
            .split_once(from)
            .unwrap_or_else(|| panic!("{from} is not in {text}"));
        rest.split_once(to)
            .unwrap_or_else(|| panic!("{to} is not in {rest}"))
            .0
            .to_owned()
    }

    /// Whether it holds what every page has to: no script, no style but its own, no address, ids that are there and once,
    /// headings that leave out no level, tables with names and titles, charts with words.
    pub fn assert_sound(&self) {
        assert_eq!(self.policy(), policy_of(self.style()));
        assert_eq!(self.html.matches("<style").count(), 1);
        let tags = self.tags();
        let mut ids = BTreeSet::new();
        let mut named = BTreeSet::new();
        let mut level = 0;
        for tag in &tags {
            let name = tag.split_whitespace().next().unwrap();
            assert!(
                ![
                    "script", "img", "iframe", "object", "embed", "link", "base", "form", "use"
                ]
                .contains(&name),
                "{tag}"
            );
            for (attribute, value) in attributes(tag) {
                assert!(
                    attribute != "style" && attribute != "src" && !attribute.starts_with("on"),
                    "{tag}"
                );
                match attribute {
                    "id" => assert!(ids.insert(value), "{value} stands there twice"),
                    "href" => {
                        named.insert(value.strip_prefix('#').unwrap());
                    }
                    "aria-labelledby" => named.extend(value.split(' ')),
                    _ => {}
                }
            }
            if let ["h", digit] = [&name[..1], &name[1..]]
                && let Ok(next) = digit.parse::<u32>()
            {
                assert!(next <= level + 1, "h{next} behind h{level}");
                level = next;
            }
        }
        assert!(named.is_subset(&ids), "{:?}", named.difference(&ids));
        let count = |start: &str| tags.iter().filter(|tag| tag.starts_with(start)).count();
        for (each, has) in [
            ("table", "caption"),
            ("table", "thead"),
            ("svg class=\"chart\"", "desc"),
        ] {
            assert_eq!(count(each), count(has), "{each} and {has}");
        }
        let headers = tags.iter().filter(|tag| tag.starts_with("th "));
        assert!(headers.into_iter().all(|tag| tag.contains("scope=")));
    }

    /// The colours of the light scheme and of the dark one, by their names.
    pub fn schemes(&self) -> [BTreeMap<&str, Color>; 2] {
        let colors = |block: &'static str| {
            let (_, rest) = self.style().split_once(block).unwrap();
            let declarations = rest.split_once('}').unwrap().0.split(';');
            let pairs =
                declarations.filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"));
            pairs.map(|(name, hex)| (name, color(hex))).collect()
        };
        [
            colors(":root {"),
            colors("(prefers-color-scheme: dark) {\n  :root {"),
        ]
    }
}

/// The attributes of a tag, which stand in double quotes.
fn attributes(tag: &str) -> Vec<(&str, &str)> {
    let mut parts = tag.split('"');
    let mut attributes = Vec::new();
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        let name = name.split_whitespace().last().unwrap();
        attributes.push((name.trim_end_matches('='), value));
    }
    attributes
}

/// The policy that allows a style of this text and nothing else (CSP Level 3).
pub fn policy_of(style: &str) -> String {
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'")
}

fn color(hex: &str) -> Color {
    let number = u32::from_str_radix(hex, 16).unwrap();
    let [_, red, green, blue] = number.to_be_bytes();
    [red, green, blue]
}

/// The contrast of two colours (WCAG 2.2, "contrast ratio").
pub fn contrast(a: Color, b: Color) -> f64 {
    let luminance = |color: Color| {
        let parts = color.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}
