//! Errors, as JavaScript reads them.

use std::error::Error;
use std::fmt::Display;

use openai_harmony::{HarmonyError, StreamEvent};
use serde::Serialize;

/// What went wrong, for the class `HarmonyError`.
#[derive(Serialize, Default)]
pub struct Failure {
    pub code: String,
    pub message: String,
    /// The index of the token, character or message that it is about.
    pub index: Option<usize>,
    /// The place in a JSON Schema.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Of a request that cannot be served: the body of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<serde_json::Value>,
    /// What happened before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<StreamEvent>>,
}

impl Failure {
    /// An error with a code of its own.
    pub fn new(code: &str, message: impl Display) -> Self {
        Self {
            code: code.to_owned(),
            message: message.to_string(),
            ..Self::default()
        }
    }

    /// An argument that is not what the function takes.
    pub fn invalid_input(problem: impl Display) -> Self {
        Self::new("invalid_input", problem)
    }

    /// The error as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        // OK to default: only maps with keys other than strings cannot be written, and there are none.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl From<HarmonyError> for Failure {
    fn from(error: HarmonyError) -> Self {
        let pointer = match &error {
            HarmonyError::Grammar(error) => error.pointer().map(str::to_owned),
            _ => None,
        };
        Self {
            index: error.index(),
            pointer,
            ..Self::new(error.code(), message_of(&error))
        }
    }
}

/// The message of an error, followed by those messages of its causes that it does not already contain.
fn message_of(error: &HarmonyError) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        if !message.contains(&reason) {
            message = format!("{message}: {reason}");
        }
        cause = error.source();
    }
    message
}
