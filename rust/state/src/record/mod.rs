//! Records: the schema tables, the bytes of a record, and errors.

pub mod error;
pub mod kind;
pub mod schema;
pub mod stamp;
pub mod varint;
pub mod wire;
