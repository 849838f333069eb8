//! The line protocol of the guard: requests on stdin, verdicts on stdout.

use std::io::{self, BufRead, Write};

use baton_state::guard::guard_line;

fn main() -> io::Result<()> {
    let mut output = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().split(b'\n') {
        writeln!(output, "{}", guard_line(&line?))?;
    }
    output.flush()
}
