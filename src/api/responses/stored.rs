//! Responses as the caller keeps them, for requests that continue them.

use std::collections::{BTreeMap, HashMap};

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

/// Where responses are kept. Requests only read it.
pub trait ResponseStore {
    /// The response of this id.
    fn response(&self, id: &str) -> Option<StoredResponse>;

    /// The item of this id, for an `item_reference` to an item outside of the response that is continued.
    fn item(&self, id: &str) -> Option<Value> {
        let _ = id;
        None
    }
}

/// No responses are kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoStore;

impl ResponseStore for NoStore {
    fn response(&self, _: &str) -> Option<StoredResponse> {
        None
    }
}

impl ResponseStore for HashMap<String, StoredResponse> {
    fn response(&self, id: &str) -> Option<StoredResponse> {
        self.get(id).cloned()
    }
}

impl ResponseStore for BTreeMap<String, StoredResponse> {
    fn response(&self, id: &str) -> Option<StoredResponse> {
        self.get(id).cloned()
    }
}
