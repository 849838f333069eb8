//! Records: the schema tables, and the bytes of a record.

pub mod schema;
