//! A line of usage.jsonl as it stands: the values of the fields that are known, whatever they are.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::value::{BytesVisitor, Value, read_value};

/// The known fields of a line.
#[derive(Debug, Default)]
pub struct RawLine {
    pub ts: Value,
    pub model: Value,
    pub status: Value,
    pub ok: Value,
    pub latency_ms: Value,
    pub total_tokens: Value,
    pub prompt_tokens: Value,
    pub completion_tokens: Value,
    pub usage_reported: Value,
    pub usage_estimated: Value,
    pub cost: Value,
    pub rate_limited: Value,
}

impl RawLine {
    fn field(&mut self, key: &[u8]) -> Option<&mut Value> {
        Some(match key {
            b"ts" => &mut self.ts,
            b"model" => &mut self.model,
            b"status" => &mut self.status,
            b"ok" => &mut self.ok,
            b"latency_ms" => &mut self.latency_ms,
            b"total_tokens" => &mut self.total_tokens,
            b"prompt_tokens" => &mut self.prompt_tokens,
            b"completion_tokens" => &mut self.completion_tokens,
            b"usage_reported" => &mut self.usage_reported,
            b"usage_estimated" => &mut self.usage_estimated,
            b"cost" => &mut self.cost,
            b"rate_limited" => &mut self.rate_limited,
            _ => return None,
        })
    }
}

/// Reads a JSON object; of equal keys the last counts.
pub fn read_raw_line(json: &str) -> serde_json::Result<RawLine> {
    serde_json::Deserializer::from_str(json).deserialize_map(LineVisitor)
}

struct LineVisitor;

impl<'de> Visitor<'de> for LineVisitor {
    type Value = RawLine;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawLine, A::Error> {
        let mut line = RawLine::default();
        while let Some(key) = map.next_key_seed(KeySeed)? {
            let value: &RawValue = map.next_value()?;
            if let Some(field) = line.field(&key) {
                *field = read_value(value);
            }
        }
        Ok(line)
    }
}

struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Vec<u8>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<u8>, D::Error> {
        deserializer.deserialize_bytes(BytesVisitor)
    }
}
