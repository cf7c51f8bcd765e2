//! The error of a request, as OpenAI reports it.

use std::fmt;

use serde_json::{json, Value};

/// A request that cannot be served as it is, with the first thing that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRequest {
    /// What is wrong, for people.
    pub message: String,
    /// The path of the parameter, for example `messages[1].content[0].type`; `None` if the body is not a JSON object.
    pub param: Option<String>,
    /// What is wrong, for programs.
    pub code: Option<BadRequestCode>,
}

impl BadRequest {
    /// The HTTP status of the answer.
    pub const STATUS: u16 = 400;

    /// The body of the answer: `{"error": {"message", "type", "param", "code"}}`.
    pub fn body(&self) -> Value {
        json!({"error": {
            "message": self.message,
            "type": "invalid_request_error",
            "param": self.param,
            "code": self.code.map(BadRequestCode::as_str),
        }})
    }
}

impl fmt::Display for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BadRequest {}

/// What is wrong with a request, for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BadRequestCode {
    /// A parameter that must be there is not.
    MissingRequiredParameter,
    /// A value of the wrong JSON type.
    InvalidType,
    /// A value that the API does not have.
    InvalidValue,
    /// A value that the API has, but not for this model.
    UnsupportedValue,
    /// A parameter that the API does not have.
    UnknownParameter,
    /// A prompt with too many tokens.
    ContextLengthExceeded,
    /// `previous_response_id` names no stored response.
    PreviousResponseNotFound,
}

impl BadRequestCode {
    /// The code as OpenAI writes it: `invalid_type`, …
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingRequiredParameter => "missing_required_parameter",
            Self::InvalidType => "invalid_type",
            Self::InvalidValue => "invalid_value",
            Self::UnsupportedValue => "unsupported_value",
            Self::UnknownParameter => "unknown_parameter",
            Self::ContextLengthExceeded => "context_length_exceeded",
            Self::PreviousResponseNotFound => "previous_response_not_found",
        }
    }
}
