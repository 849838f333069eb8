//! config.json: proto3 JSON of baton.state.v1.Config.

use prost::Message;
use prost_reflect::{DeserializeOptions, DynamicMessage};

use crate::r#gen::tables::{CONFIG, ERROR_HOME_CONFIG};
use crate::json::descriptor;
use crate::proto::state::v1::Config;
use crate::record::error::BatonError;
use crate::record::schema::MessageTable;
use crate::record::wire::{Value, field_of, fields_of};

/// Reads the text of a config.json. Refuses what is not JSON, unknown fields, and texts above their limit (HOME_CONFIG).
pub fn parse_config(text: &[u8]) -> Result<Config, BatonError> {
    let misfit = |place: &str| BatonError::new(&ERROR_HOME_CONFIG).at(place);
    let json: serde_json::Value = serde_json::from_slice(text).map_err(|_| misfit("not JSON"))?;
    let descriptor = descriptor(CONFIG.name)?;
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let message = DynamicMessage::deserialize_with_options(descriptor, json, &options)
        .map_err(|_| misfit("config"))?
        .encode_to_vec();
    check_limits(&CONFIG, &message, "config")?;
    Config::decode(message.as_slice()).map_err(|_| misfit("config"))
}

fn check_limits(table: &MessageTable, message: &[u8], path: &str) -> Result<(), BatonError> {
    for field in fields_of(message) {
        let field = field?;
        let (Some(known), Value::Len(bytes)) = (field_of(table, field.number), field.value) else {
            continue;
        };
        let path = format!("{path}.{}", known.name);
        match (known.message, known.text) {
            (Some(inner), _) => check_limits(inner, bytes, &path)?,
            (None, Some(text)) if bytes.len() > text.max_bytes => {
                return Err(BatonError::new(&ERROR_HOME_CONFIG)
                    .at(path.as_str())
                    .in_field(path));
            }
            _ => {}
        }
    }
    Ok(())
}
