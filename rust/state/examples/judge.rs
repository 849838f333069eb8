//! Times the guard for benchmarks: `cargo run --release --example judge -- FILE`.
//!
//! FILE holds a line `CLASS<tab>TEXT` for each text. Prints a line `pack<tab>NANOSECONDS` for the first judgement of all,
//! which loads the rule pack, then a line `CLASS<tab>BYTES<tab>NANOSECONDS` for each class in the order of the file: the
//! fastest of several passes over all its texts. A pass goes over all classes, so that none is judged all in one bad moment
//! of the machine: what else runs there only adds to the time.

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use baton_state::r#gen::tables::CLASS_LIMITS;
use baton_state::guard::{judge, policy_of};
use baton_state::record::schema::TextClass;

const PASSES: usize = 25;
/// What a pass reads at least: few texts are read many times.
const PASS_BYTES: usize = 4_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: judge FILE")?;
    let file = std::fs::read_to_string(path)?;
    let started = Instant::now();
    black_box(judge(&policy_of(TextClass::Note), b"a"));
    println!("pack\t{}", started.elapsed().as_nanos());
    let mut order: Vec<&str> = Vec::new();
    let mut texts: BTreeMap<&str, Vec<&[u8]>> = BTreeMap::new();
    for line in file.lines() {
        let (name, text) = line.split_once('\t').ok_or("a line without a tabulator")?;
        let of_class = texts.entry(name).or_insert_with(|| {
            order.push(name);
            Vec::new()
        });
        of_class.push(text.as_bytes());
    }
    let mut fastest = vec![u128::MAX; order.len()];
    let mut sizes = Vec::new();
    for _ in 0..PASSES {
        sizes.clear();
        for (name, fastest) in order.iter().zip(&mut fastest) {
            let (class, _, _) = CLASS_LIMITS
                .iter()
                .find(|(_, known, _)| known == name)
                .ok_or("an unknown class")?;
            let bytes: usize = texts[name].iter().map(|text| text.len()).sum();
            let rounds = PASS_BYTES.div_ceil(bytes.max(1));
            let nanoseconds = pass(*class, &texts[name], rounds).as_nanos() / rounds as u128;
            *fastest = nanoseconds.min(*fastest);
            sizes.push(bytes);
        }
    }
    for ((name, bytes), nanoseconds) in order.iter().zip(sizes).zip(fastest) {
        println!("{name}\t{bytes}\t{nanoseconds}");
    }
    Ok(())
}

fn pass(class: TextClass, texts: &[&[u8]], rounds: usize) -> Duration {
    let policy = policy_of(class);
    let started = Instant::now();
    for _ in 0..rounds {
        for text in texts {
            black_box(judge(&policy, text));
        }
    }
    started.elapsed()
}
