//! JSON values that know their path.

use std::fmt;
use std::ops::RangeInclusive;

use serde_json::{Number, Value};

use super::json::{Json, Object};
use crate::api::error::{BadRequest, BadRequestCode};

/// The JSON value of a body.
pub(in crate::api) fn parse(body: &[u8]) -> Result<Value, BadRequest> {
    serde_json::from_slice(body).map_err(|error| BadRequest {
        message: format!("We could not parse the JSON body of your request: {error}."),
        param: None,
        code: None,
    })
}

/// A value of a request's body, and where it is.
///
/// Paths live on the stack, each step beside the value that it leads to. Text is built only for an error.
#[derive(Clone, Copy)]
pub(in crate::api) struct Node<'v, 'p> {
    value: Json<'v>,
    path: Path<'p>,
}

/// The steps from the body to a value.
#[derive(Clone, Copy)]
struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Clone, Copy)]
enum Step<'p> {
    Body,
    Key(&'p str),
    Index(usize),
    Element(&'static str, usize),
}

impl<'v> Node<'v, 'static> {
    /// The body itself.
    pub(in crate::api) fn body(value: impl Into<Json<'v>>) -> Self {
        Self::named(value.into(), Step::Body)
    }

    /// An element of a list that is not in the body, under the name of the parameter that it came from.
    pub(in crate::api) fn element(list: &'static str, index: usize, value: &'v Value) -> Self {
        Self::named(value.into(), Step::Element(list, index))
    }

    fn named(value: Json<'v>, step: Step<'static>) -> Self {
        let path = Path { parent: None, step };
        Self { value, path }
    }
}

/// Ways down.
impl<'v> Node<'v, '_> {
    pub(in crate::api) fn value(&self) -> Json<'v> {
        self.value
    }

    /// The member of an object; `None` if it is missing or `null`, which means the same in both APIs.
    pub(in crate::api) fn get<'s>(&'s self, key: &'s str) -> Option<Node<'v, 's>> {
        let value = self.value.get(key)?;
        (!value.is_null()).then_some(Node {
            value,
            path: Path {
                parent: Some(&self.path),
                step: Step::Key(key),
            },
        })
    }

    /// The member of an object that must be there.
    pub(in crate::api) fn require<'s>(&'s self, key: &'s str) -> Result<Node<'v, 's>, BadRequest> {
        self.object()?;
        self.get(key).ok_or_else(|| self.missing(key))
    }

    /// The elements of a list.
    pub(in crate::api) fn elements<'s>(
        &'s self,
    ) -> Result<impl ExactSizeIterator<Item = Node<'v, 's>> + DoubleEndedIterator + Clone, BadRequest>
    {
        let Json::Array(values) = self.value else {
            return Err(self.wrong_type("an array"));
        };
        Ok(values.iter().enumerate().map(|(index, value)| Node {
            value,
            path: Path {
                parent: Some(&self.path),
                step: Step::Index(index),
            },
        }))
    }

    /// The members of an object, also those that are `null`.
    pub(in crate::api) fn members<'s>(
        &'s self,
    ) -> Result<impl Iterator<Item = (&'v str, Node<'v, 's>)>, BadRequest> {
        Ok(self.object()?.iter().map(|(name, value)| {
            let path = Path {
                parent: Some(&self.path),
                step: Step::Key(name),
            };
            (name, Node { value, path })
        }))
    }
}

/// Values.
impl<'v> Node<'v, '_> {
    pub(in crate::api) fn object(&self) -> Result<Object<'v>, BadRequest> {
        self.value
            .as_object()
            .ok_or_else(|| self.wrong_type("an object"))
    }

    pub(in crate::api) fn string(&self) -> Result<&'v str, BadRequest> {
        self.value
            .as_str()
            .ok_or_else(|| self.wrong_type("a string"))
    }

    pub(in crate::api) fn boolean(&self) -> Result<bool, BadRequest> {
        self.value
            .as_bool()
            .ok_or_else(|| self.wrong_type("a boolean"))
    }

    pub(in crate::api) fn integer(&self, range: RangeInclusive<i64>) -> Result<i64, BadRequest> {
        let integer = self.value.as_number().and_then(|number| {
            let too_large = number.is_u64().then_some(i64::MAX);
            number.as_i64().or(too_large)
        });
        let integer = integer.ok_or_else(|| self.wrong_type("an integer"))?;
        self.in_range(integer, &range, "integer").map(|()| integer)
    }

    /// An integer that counts things, at least `least`.
    pub(in crate::api) fn count(&self, least: usize) -> Result<usize, BadRequest> {
        let range = i64::try_from(least).unwrap_or(i64::MAX)..=i64::MAX;
        let count = self.integer(range)?;
        // Out of reach on a 32-bit machine is as good as no limit.
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    pub(in crate::api) fn number(&self, range: RangeInclusive<f64>) -> Result<f64, BadRequest> {
        let number = self.value.as_number();
        let number = number
            .and_then(Number::as_f64)
            .ok_or_else(|| self.wrong_type("a decimal"))?;
        self.in_range(number, &range, "decimal").map(|()| number)
    }

    fn in_range<T: PartialOrd + fmt::Display>(
        &self,
        value: T,
        range: &RangeInclusive<T>,
        kind: &str,
    ) -> Result<(), BadRequest> {
        let (problem, relation, limit) = if value < *range.start() {
            ("below minimum", ">=", range.start())
        } else if value > *range.end() {
            ("above maximum", "<=", range.end())
        } else {
            return Ok(());
        };
        let path = &self.path;
        Err(self.refuse(format!(
            "Invalid '{path}': {kind} {problem} value. Expected a value {relation} {limit}, but got {} instead.",
            self.value
        )))
    }
}

/// Errors.
impl Node<'_, '_> {
    /// A member that must be there is not.
    pub(in crate::api) fn missing(&self, key: &str) -> BadRequest {
        let path = Path {
            parent: Some(&self.path),
            step: Step::Key(key),
        };
        BadRequest {
            message: format!("Missing required parameter: '{path}'."),
            param: Some(path.to_string()),
            code: Some(BadRequestCode::MissingRequiredParameter),
        }
    }

    /// The value has another JSON type than `expected`, which comes with its article.
    pub(in crate::api) fn wrong_type(&self, expected: &str) -> BadRequest {
        let found = type_name(self.value);
        let message = match self.path.text() {
            Some(path) => {
                format!("Invalid type for '{path}': expected {expected}, but got {found} instead.")
            }
            None => format!("Invalid body: expected {expected}, but got {found} instead."),
        };
        self.fail(BadRequestCode::InvalidType, message)
    }

    /// The value is none of those that the API has.
    pub(in crate::api) fn none_of<'a>(
        &self,
        supported: impl IntoIterator<Item = &'a str>,
    ) -> BadRequest {
        let found = match self.value {
            Json::String(text) => text.to_owned(),
            value => value.to_string(),
        };
        let supported = enumerated(supported);
        self.refuse(format!(
            "Invalid value: '{found}'. Supported values are: {supported}."
        ))
    }

    /// The value is wrong as the message says.
    pub(in crate::api) fn refuse(&self, message: impl Into<String>) -> BadRequest {
        self.fail(BadRequestCode::InvalidValue, message)
    }

    pub(in crate::api) fn fail(
        &self,
        code: BadRequestCode,
        message: impl Into<String>,
    ) -> BadRequest {
        BadRequest {
            message: message.into(),
            param: self.path.text(),
            code: Some(code),
        }
    }

    /// The path as text, for example `messages[1].content`; of the body itself, an empty text.
    pub(in crate::api) fn path(&self) -> String {
        self.path.to_string()
    }
}

impl Path<'_> {
    /// `None` for the body itself.
    fn text(&self) -> Option<String> {
        (!matches!(self.step, Step::Body)).then(|| self.to_string())
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parent = self
            .parent
            .filter(|parent| !matches!(parent.step, Step::Body));
        if let Some(parent) = parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Body => Ok(()),
            Step::Key(key) if parent.is_some() => write!(f, ".{key}"),
            Step::Key(key) => f.write_str(key),
            Step::Index(index) => write!(f, "[{index}]"),
            Step::Element(list, index) => write!(f, "{list}[{index}]"),
        }
    }
}

fn type_name(value: Json<'_>) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(number) if number.is_f64() => "a decimal",
        Json::Number(_) => "an integer",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

/// `'a', 'b', and 'c'`, as OpenAI writes it.
fn enumerated<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let values: Vec<String> = values
        .into_iter()
        .map(|value| format!("'{value}'"))
        .collect();
    match &values[..] {
        [] => String::new(),
        [only] => only.clone(),
        [one, other] => format!("{one} and {other}"),
        [first @ .., last] => format!("{}, and {last}", first.join(", ")),
    }
}
