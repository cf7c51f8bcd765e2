//! The error of a request, as OpenAI reports it.

use std::fmt;

use serde_json::{json, Value};

use crate::named::named_enum;
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
            "code": self.code.map(|code| code.as_str()),
        }})
    }
}

impl fmt::Display for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for BadRequest {}

named_enum! {
    "code of a request error",
    /// What is wrong with a request, for programs.
    #[non_exhaustive]
    pub enum BadRequestCode {
        /// A parameter that must be there is not.
        MissingRequiredParameter = "missing_required_parameter",
        /// A value of the wrong JSON type.
        InvalidType = "invalid_type",
        /// A value that the API does not have.
        InvalidValue = "invalid_value",
        /// A value that the API has, but not for this model.
        UnsupportedValue = "unsupported_value",
        /// A parameter that the API does not have.
        UnknownParameter = "unknown_parameter",
        /// A prompt with too many tokens.
        ContextLengthExceeded = "context_length_exceeded",
        /// `previous_response_id` names no stored response.
        PreviousResponseNotFound = "previous_response_not_found",
    }
}
