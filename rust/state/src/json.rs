//! Canonical JSON of any message of the schema, from its bytes. `ts/src/cli/json.ts` prints the same.

use std::sync::OnceLock;

use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};

use crate::r#gen::tables::ERROR_RECORD_SHAPE;
use crate::record::error::BatonError;

/// The schema as buf compiled it, options included.
static SCHEMA: &[u8] = include_bytes!("gen/schema.binpb");

/// The descriptor of a message by its full name, such as baton.state.v1.Record. Refuses others (RECORD_SHAPE).
pub fn descriptor(message: &str) -> Result<MessageDescriptor, BatonError> {
    static POOL: OnceLock<Option<DescriptorPool>> = OnceLock::new();
    let pool = POOL.get_or_init(|| DescriptorPool::decode(SCHEMA).ok());
    let descriptor = pool
        .as_ref()
        .and_then(|pool| pool.get_message_by_name(message));
    descriptor.ok_or_else(|| BatonError::new(&ERROR_RECORD_SHAPE).at(message))
}

/// Prints an encoded message as canonical JSON (RFC 8785) of its proto3 JSON, with a newline: keys sorted, 64-bit integers
/// as strings, bytes in base64, enum values by name, those that the schema does not have as numbers. Unknown fields are left
/// out. Refuses bytes that are no such message (RECORD_SHAPE).
pub fn json_of_bytes(message: &str, bytes: &[u8]) -> Result<String, BatonError> {
    let shape = || BatonError::new(&ERROR_RECORD_SHAPE).at(message);
    let decoded = DynamicMessage::decode(descriptor(message)?, bytes).map_err(|_| shape())?;
    let options = SerializeOptions::new()
        .stringify_64_bit_integers(true)
        .skip_default_fields(true);
    let value = decoded.serialize_with_options(serde_json::value::Serializer, &options);
    let value = value.map_err(|_| shape())?;
    let mut line = serde_json_canonicalizer::to_string(&value).map_err(|_| shape())?;
    line.push('\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::proto::segment::v1::{ExportLine, Header};
    use crate::proto::state::v1::{NextAction, Record, UsageEvent, record::Kind};

    fn usage(ts: f64) -> String {
        let event = UsageEvent {
            ts: Some(ts),
            ..Default::default()
        };
        json_of_bytes("baton.state.v1.UsageEvent", &event.encode_to_vec()).unwrap()
    }

    #[test]
    fn doubles_print_as_javascript_prints_them() {
        for (ts, json) in [
            (1.0, "1"),
            (-0.0, "0"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (1e-7, "1e-7"),
            (0.1 + 0.2, "0.30000000000000004"),
            (5e-324, "5e-324"),
            (f64::NAN, "\"NaN\""),
            (f64::NEG_INFINITY, "\"-Infinity\""),
        ] {
            assert_eq!(usage(ts), format!("{{\"ts\":{json}}}\n"));
        }
    }

    #[test]
    fn wide_integers_are_strings_bytes_base64_and_zeros_stay_when_they_are_set() {
        let line = ExportLine {
            seq: Some(0),
            stamp: Some(u64::MAX),
            raw: Some(vec![0xfb, 0xff, 0]),
            record: Some(Record {
                observed_at: Some(-1),
                kind: Some(Kind::UsageEvent(UsageEvent {
                    ok: Some(false),
                    day: Some(String::new()),
                    ..Default::default()
                })),
                ..Default::default()
            }),
            ..Default::default()
        };
        assert_eq!(
            json_of_bytes("baton.segment.v1.ExportLine", &line.encode_to_vec()).unwrap(),
            "{\"raw\":\"+/8A\",\"record\":{\"observedAt\":\"-1\",\"usageEvent\":{\"day\":\"\",\"ok\":false}},\
             \"seq\":\"0\",\"stamp\":\"18446744073709551615\"}\n"
        );
        let empty = json_of_bytes(
            "baton.segment.v1.Header",
            &Header::default().encode_to_vec(),
        );
        assert_eq!(empty.unwrap(), "{}\n");
    }

    #[test]
    fn unknown_enum_values_are_numbers_and_unknown_fields_left_out() {
        let mut bytes = NextAction {
            state: Some(77),
            ..Default::default()
        }
        .encode_to_vec();
        bytes.extend([0xf8, 0x3f, 1]);
        assert_eq!(
            json_of_bytes("baton.state.v1.NextAction", &bytes).unwrap(),
            "{\"state\":77}\n"
        );
        let known = NextAction {
            state: Some(1),
            ..Default::default()
        };
        assert_eq!(
            json_of_bytes("baton.state.v1.NextAction", &known.encode_to_vec()).unwrap(),
            "{\"state\":\"ACTION_STATE_OPEN\"}\n"
        );
    }

    #[test]
    fn what_is_no_message_is_refused() {
        assert_eq!(
            json_of_bytes("baton.state.v1.NextAction", &[0xff])
                .unwrap_err()
                .code(),
            "BTN-R02"
        );
        assert_eq!(
            json_of_bytes("baton.state.v1.Nothing", &[])
                .unwrap_err()
                .code(),
            "BTN-R02"
        );
    }
}
