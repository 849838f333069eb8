//! Programs that the tests of `conformance/system` start, stop and kill: a writer, a reader that follows a folder, and a
//! fixed scenario for fault injection. Each tells on stdout what it attempts and what it was promised.

mod follow;
mod record;
mod say;
mod scenario;
mod write;

use std::error::Error;
use std::path::Path;

use baton_state::home::Home;

const USAGE: &str = "baton-system scenario HOME | write HOME SLOT START SEED written|durable behind|any | follow HOME";

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let open = |home: &str| Home::open(Some(Path::new(home)), &|_: &str| None);
    match words[..] {
        ["scenario", home] => scenario::run(&open(home)?),
        ["follow", home] => follow::run(&open(home)?),
        ["write", home, slot, start, seed, level, clocks] => {
            let who = record::Who {
                slot: slot.parse()?,
                start: start.parse()?,
            };
            let (is_durable, may_be_ahead) = (level == "durable", clocks == "any");
            write::run(&open(home)?, who, seed.parse()?, is_durable, may_be_ahead)
        }
        _ => Err(USAGE.into()),
    }
}
