//! What is wrong with a JSON Schema, and where.

use thiserror::Error;

/// A tool's parameters are not a JSON Schema.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no JSON Schema at #{path}: {problem}")]
pub struct SchemaError {
    /// The JSON pointer (RFC 6901) of the offending value; empty for the whole schema.
    pub path: String,
    /// What is wrong there.
    pub problem: SchemaProblem,
}

/// What is wrong with one value of a JSON Schema.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SchemaProblem {
    /// A value of the wrong kind: `"type": 5`, `"properties": []`, a schema that is a text.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What JSON Schema asks for here.
        expected: &'static str,
        /// The value found there, abbreviated.
        found: String,
    },
    /// A `$ref` that leads nowhere in this schema. References to other documents are not followed.
    #[error("reference {reference:?} leads to nothing in this schema")]
    Unresolvable {
        /// The text of the `$ref`.
        reference: String,
    },
    /// A `$ref` that leads back to itself before any property or item.
    #[error("reference {reference:?} describes nothing but itself")]
    Endless {
        /// The text of the `$ref`.
        reference: String,
    },
    /// More levels of schemas in schemas than are read.
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The number of levels that are read.
        limit: usize,
    },
}
