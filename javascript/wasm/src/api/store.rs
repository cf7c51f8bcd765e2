//! Stored responses, which JavaScript keeps.

use openai_harmony::api::{ResponseStore, StoredResponse};
use serde_json::Value;

use super::host::{answer_to, Question};

/// The store of the call that runs. It may hold items by their ids as well.
pub struct JsStore;

impl JsStore {
    fn look_up(id: &str) -> Option<Value> {
        serde_json::from_str(&answer_to(Question::Stored, id)?).ok()
    }
}

impl ResponseStore for JsStore {
    fn response(&self, id: &str) -> Option<StoredResponse> {
        serde_json::from_value(Self::look_up(id)?).ok()
    }

    fn item(&self, id: &str) -> Option<Value> {
        // A response is not an item.
        Self::look_up(id).filter(|found| found.get("transcript").is_none())
    }
}
