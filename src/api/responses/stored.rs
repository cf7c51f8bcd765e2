//! A response as the caller keeps it, for requests that continue it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::render::Transcript;

/// A response and everything before it.
///
/// It is plain data: a store writes it as JSON under its id and reads it for a request with `previous_response_id`.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct StoredResponse {
    /// The id of the response, `resp_…`.
    pub id: String,
    /// All input items of the conversation, those of earlier responses and their outputs included.
    pub input: Vec<Value>,
    /// The output items of this response.
    pub output: Vec<Value>,
    /// The messages and their tokens, exactly as the model saw and wrote them.
    pub transcript: Transcript,
}

impl StoredResponse {
    /// The tokens with which the next prompt begins if instructions, tools and effort stay the same.
    pub fn tokens(&self) -> &[u32] {
        self.transcript.tokens()
    }
}
