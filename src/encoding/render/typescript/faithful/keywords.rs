//! Typed access to the keywords of one schema, and the places that errors name.

use std::fmt;

use serde_json::{Map, Value};

use crate::error::{SchemaError, SchemaProblem};

/// The place of a value in the schema: a list towards the root, written as a JSON pointer.
#[derive(Clone, Copy)]
pub(super) enum Path<'p> {
    /// A place whose pointer is known: the root or the target of a `$ref`.
    At(&'p str),
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    pub(super) fn key(&'p self, key: &'p str) -> Path<'p> {
        Path::Key(self, key)
    }

    pub(super) fn index(&'p self, index: usize) -> Path<'p> {
        Path::Index(self, index)
    }

    pub(super) fn error(&self, problem: SchemaProblem) -> SchemaError {
        SchemaError {
            path: self.to_string(),
            problem,
        }
    }

    pub(super) fn expected(&self, expected: &'static str, found: &Value) -> SchemaError {
        self.error(SchemaProblem::Expected {
            expected,
            found: in_short(found),
        })
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::At(pointer) => formatter.write_str(pointer),
            Path::Key(parent, key) => {
                write!(
                    formatter,
                    "{parent}/{}",
                    key.replace('~', "~0").replace('/', "~1")
                )
            }
            Path::Index(parent, index) => write!(formatter, "{parent}/{index}"),
        }
    }
}

/// A value as an error names it: short ones in full, the others by their kind.
fn in_short(value: &Value) -> String {
    match value {
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) if text.chars().count() > 40 => "a long text".to_owned(),
        short => short.to_string(),
    }
}

/// The keywords of a schema that is an object. Each getter gives `None` where the keyword is
/// missing and an error where its value has the wrong kind.
#[derive(Clone, Copy)]
pub(super) struct Keywords<'s, 'p> {
    pub(super) members: &'s Map<String, Value>,
    pub(super) path: &'p Path<'p>,
}

/// What a step of reading a schema returns.
pub(super) type Read<T> = Result<T, SchemaError>;

type Found<T> = Read<Option<T>>;

impl<'s> Keywords<'s, '_> {
    pub(super) fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.members.contains_key(*key))
    }

    pub(super) fn text(&self, key: &str) -> Found<&'s str> {
        self.find(key, "a text", Value::as_str)
    }

    pub(super) fn flag(&self, key: &str) -> Read<bool> {
        Ok(self
            .find(key, "true or false", Value::as_bool)?
            .unwrap_or(false))
    }

    pub(super) fn count(&self, key: &str) -> Found<usize> {
        self.find(key, "a whole number that is not negative", as_count)
    }

    pub(super) fn list(&self, key: &str) -> Found<&'s [Value]> {
        self.find(key, "a list", |value| value.as_array().map(Vec::as_slice))
    }

    /// The schemas of `anyOf` and its like, of which there is at least one.
    pub(super) fn schemas(&self, key: &str) -> Found<&'s [Value]> {
        self.find(key, "a list of at least one schema", |value| {
            value
                .as_array()
                .map(Vec::as_slice)
                .filter(|list| !list.is_empty())
        })
    }

    pub(super) fn map(&self, key: &str) -> Found<&'s Map<String, Value>> {
        self.find(key, "an object", Value::as_object)
    }

    fn find<T>(
        &self,
        key: &str,
        expected: &'static str,
        read: impl Fn(&'s Value) -> Option<T>,
    ) -> Found<T> {
        let Some(value) = self.members.get(key) else {
            return Ok(None);
        };
        match read(value) {
            Some(found) => Ok(Some(found)),
            None => Err(self.path.key(key).expected(expected, value)),
        }
    }
}

/// A count of items; JSON Schema takes `2.0` as well as `2`.
pub(super) fn as_count(value: &Value) -> Option<usize> {
    let whole = value
        .as_f64()
        .filter(|number| *number >= 0.0 && number.fract() == 0.0)?;
    // OK because a float that is too large becomes usize::MAX, which is as good as no limit.
    Some(whole as usize)
}
