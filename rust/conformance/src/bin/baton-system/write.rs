//! A writer that opens one recorder after another until it is told to stop, each by a clock of its own.

use std::error::Error;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use baton_state::home::{Home, key_id};
use baton_state::record::stamp::next_stamp;
use baton_state::segment::seed::highest_stamp;
use baton_state::segment::writer::{Durability, Writer, WriterInit};

use crate::record::{DAY, Who, name_of, now_ms, record_of};
use crate::say::{orders, say, say_acknowledged, say_tried};

/// Marsaglia's xorshift: the same numbers for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Writes until stdin says anything or ends. Every sixth recorder stands ten years behind with its stamps, and where
/// `may_be_ahead` every sixth ten years ahead; what they observe is of today.
pub fn run(
    home: &Home,
    who: Who,
    seed: u64,
    is_durable: bool,
    may_be_ahead: bool,
) -> Result<(), Box<dyn Error>> {
    let mut random = Random(seed | 1);
    let durability = if is_durable {
        Durability::Durable
    } else {
        Durability::Written
    };
    let orders = orders();
    home.create()?;
    let key = home.key()?;
    let mut number = 0;
    loop {
        let ahead = if may_be_ahead { 10 } else { 0 };
        let years = [0, 0, 0, 0, -10, ahead][random.below(6) as usize];
        if years != 0 {
            say(&format!("jump {years}"))?;
        }
        let clock = || now_ms() + years * 365 * DAY;
        let mut stamp = highest_stamp(&home.segments(), clock());
        let mut writer = Writer::open(WriterInit {
            dir: home.segments(),
            name: "baton-system".to_owned(),
            version: "0".to_owned(),
            key_id: Some(key_id(&key)),
        })?;
        for _ in 0..10 + random.below(40) {
            let mut names = Vec::new();
            let mut records = Vec::new();
            for _ in 0..1 + random.below(4) {
                number += 1;
                stamp = next_stamp(stamp, clock().unsigned_abs());
                let name = name_of(who, number, random.below(3) == 0);
                records.push(record_of(who, number, &name, stamp)?);
                names.push(name);
            }
            say_tried(&names)?;
            match writer.append(&records, durability) {
                Ok(acks) => say_acknowledged(&names, &acks)?,
                Err(error) => say(&format!("error append {}", error.code()))?,
            }
            let pause = Duration::from_millis(60 + random.below(400));
            if orders.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                writer.close();
                return Ok(());
            }
        }
        writer.close();
    }
}
