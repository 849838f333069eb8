//! What a program tells the judge: lines on stdout. `conformance/system/oracle.ts` reads them.

use std::io::{self, BufRead, Write};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use baton_state::segment::hex;
use baton_state::segment::writer::Ack;

/// Prints lines at once.
pub fn say(lines: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(lines.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Says that records are about to be written.
pub fn say_tried(names: &[String]) -> io::Result<()> {
    let lines: Vec<_> = names.iter().map(|name| format!("try {name}")).collect();
    say(&lines.join("\n"))
}

/// Says that they are acknowledged.
pub fn say_acknowledged(names: &[String], acks: &[Ack]) -> io::Result<()> {
    let lines: Vec<_> = names
        .iter()
        .zip(acks)
        .map(|(name, ack)| format!("ack {name} {} {}", ack.seq, hex(&ack.segment)))
        .collect();
    say(&lines.join("\n"))
}

/// The lines of stdin as they come. The channel closes where whoever started this program is gone.
pub fn orders() -> Receiver<String> {
    let (sender, orders) = channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    orders
}
