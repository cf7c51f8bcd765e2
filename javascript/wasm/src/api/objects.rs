//! Chunks and events as one list of JSON.

use openai_harmony::api::{Chunk, ChunkSink, ResponseEvent, ResponseEventSink};
use serde::Serialize;
use serde_json::Value;

use crate::answer::Reply;

/// Writes each object as it comes.
#[derive(Default)]
pub struct JsonList(Vec<u8>);

impl JsonList {
    fn push<T: Serialize + ?Sized>(&mut self, object: &T) {
        self.0.push(if self.0.is_empty() { b'[' } else { b',' });
        // OK to ignore: a `Vec` takes all bytes, and the objects have only strings as keys.
        let _ = serde_json::to_writer(&mut self.0, object);
    }
}

impl ChunkSink for JsonList {
    fn chunk(&mut self, chunk: &Chunk<'_>) {
        self.push(chunk);
    }

    fn error(&mut self, error: &Value) {
        self.push(error);
    }
}

impl ResponseEventSink for JsonList {
    fn event(&mut self, event: &ResponseEvent<'_>) {
        self.push(event);
    }
}

impl From<JsonList> for Reply {
    fn from(JsonList(mut json): JsonList) -> Self {
        if json.is_empty() {
            return Self::Null;
        }
        json.push(b']');
        Self::Bytes(json)
    }
}
