//! Shape of the tables that `npm run generate` makes from the schema (`gen/tables.rs`).
//! `ts/src/record/schema.ts` has the same shapes.

use crate::proto::state::v1::CheckId;

/// Text classes (baton.policy.v1.TextClass).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum TextClass {
    Enum,
    Ident,
    Digest,
    RepoPath,
    Ref,
    Url,
    Command,
    Note,
    Opaque,
}

/// Shapes of identifiers (baton.policy.v1.IdentShape); `Any` where the schema declares none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum IdentShape {
    Any,
    Name,
    Alias,
    Workspace,
    Host,
    Model,
    Time,
}

/// What a text may hold (baton.policy.v1.TextPolicy with the class limits filled in).
#[derive(Debug, Clone, Copy)]
pub struct TextPolicy<'a> {
    /// Its class.
    pub class: TextClass,
    /// Most bytes of UTF-8, or raw bytes.
    pub max_bytes: usize,
    /// Shape of an identifier.
    pub shape: IdentShape,
    /// Allowed lengths of a digest, in hexadecimal digits.
    pub hex_lengths: &'a [usize],
    /// Allowed values of an ENUM text.
    pub values: &'a [&'a str],
}

/// Wire types that the schema uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum FieldType {
    String,
    Bytes,
    Bool,
    Enum,
    Int32,
    Uint32,
    Int64,
    Uint64,
    Fixed32,
    Fixed64,
    Double,
    Message,
}

/// One field of a message.
#[derive(Debug, Clone, Copy)]
pub struct FieldTable {
    /// Field number.
    pub number: u32,
    /// Name in proto, snake_case.
    pub name: &'static str,
    /// Name in JSON, lowerCamelCase.
    pub json_name: &'static str,
    /// Its type.
    pub ty: FieldType,
    /// Whether it is a list.
    pub repeated: bool,
    /// Only for string and bytes.
    pub text: Option<TextPolicy<'static>>,
    /// Only for messages.
    pub message: Option<&'static MessageTable>,
    /// Only for enums: short lower-case name and number, such as ("open", 1).
    pub values: &'static [(&'static str, i32)],
}

/// One message; fields in the order of their numbers.
#[derive(Debug, Clone, Copy)]
pub struct MessageTable {
    /// Full proto name.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [FieldTable],
}

impl MessageTable {
    /// The field of a name, snake_case.
    #[must_use]
    pub fn field_named(&self, name: &str) -> Option<&'static FieldTable> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Where records of a kind belong (baton.policy.v1.Scope).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Scope {
    Workspace,
    Machine,
}

/// How records of a kind become state (baton.policy.v1.Fold).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Fold {
    Latest,
    Log,
}

/// What decides between two records of one key (baton.policy.v1.Order).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Order {
    Stamp,
    ObservedAt,
}

/// One part of an identity key.
#[derive(Debug, Clone, Copy)]
pub struct KeyPart {
    /// Whether the field is one of the envelope instead of the kind's message.
    pub envelope: bool,
    /// Field number.
    pub field: u32,
    /// Its type.
    pub ty: FieldType,
}

/// States that never reopen (baton.policy.v1.Terminal).
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// Enum field that holds the state.
    pub field: u32,
    /// Its terminal values.
    pub values: &'static [i32],
    /// Field with the generation.
    pub generation: u32,
}

/// Everything the fold and the retention know of a kind (baton.policy.v1.KindPolicy).
#[derive(Debug, Clone, Copy)]
pub struct KindTable {
    /// Kind number: the field number in the oneof of Record.
    pub number: u32,
    /// Name in the oneof, snake_case.
    pub name: &'static str,
    /// Name in JSON.
    pub json_name: &'static str,
    /// Message of the kind.
    pub message: &'static MessageTable,
    /// Where its records belong.
    pub scope: Scope,
    /// How they become state.
    pub fold: Fold,
    /// What decides between two of one key.
    pub order: Order,
    /// What makes two the same.
    pub key: &'static [KeyPart],
    /// Whether winners are shown for ever.
    pub keep_latest: bool,
    /// Days after observed_at that a winner is shown.
    pub days: u32,
    /// States that never reopen.
    pub terminal: Option<Terminal>,
    /// Field number in WorkspaceState or MachineState that lists the winners; 0 for logs.
    pub list: u32,
}

/// An error code with its words (baton.policy.v1.ErrorPolicy).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorTable {
    /// As printed.
    pub id: &'static str,
    /// What is wrong.
    pub cause: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// A check of the doctor (baton.policy.v1.CheckPolicy).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckTable {
    /// Its value in the schema.
    pub check: CheckId,
    /// As printed.
    pub id: &'static str,
    /// Group that it is listed under.
    pub category: &'static str,
    /// What it looks at.
    pub title: &'static str,
    /// What makes it warn; empty where nothing does.
    pub warns: &'static str,
    /// What makes it fail; empty where nothing does.
    pub fails: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}
