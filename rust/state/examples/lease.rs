//! Takes a lease for tests of the other language: `cargo run --example lease -- FOLDER NAME`. Prints `held` or `busy`; then, for
//! each line of stdin, whether it still holds it (`held` or `lost`); gives it back at the end of stdin.

use std::error::Error;
use std::io::stdin;
use std::path::Path;

use baton_state::home::Lease;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(folder), Some(name)) = (arguments.next(), arguments.next()) else {
        return Err("usage: lease FOLDER NAME".into());
    };
    let name = name.to_str().ok_or("a name that is not UTF-8")?;
    let Some(lease) = Lease::take(Path::new(&folder), name)? else {
        println!("busy");
        return Ok(());
    };
    println!("held");
    for line in stdin().lines() {
        line?;
        println!("{}", if lease.touch()? { "held" } else { "lost" });
    }
    Ok(())
}
