//! The two HTTP APIs: requests in, answers out.

mod chat;
mod host;
mod job;
mod objects;
mod responses;
mod step;
mod store;

use openai_harmony::api::{BadRequest, StreamError};
use openai_harmony::HarmonyError;

use crate::failure::Failure;

impl From<BadRequest> for Failure {
    fn from(error: BadRequest) -> Self {
        let code = error.code.map_or("invalid_request", |code| code.as_str());
        Self {
            body: Some(error.body()),
            ..Self::new(code, &error.message)
        }
    }
}

impl From<StreamError> for Failure {
    fn from(error: StreamError) -> Self {
        match error {
            StreamError::Output(error) => HarmonyError::into(error),
            other => Self::new("stream.misuse", other),
        }
    }
}
