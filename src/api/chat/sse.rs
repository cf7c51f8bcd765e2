//! Chunks as server-sent events.

use serde::Serialize;
use serde_json::Value;

use super::chunk::{Chunk, ChunkBody, ChunkSink, Delta, Envelope};
use crate::api::json::{write_json, write_number};

/// Appends the chunks to a buffer as server-sent events: `data: {...}` and a blank line.
///
/// What is the same in all chunks is written once and copied from then on; for a chunk of text only the text is
/// escaped. The bytes are those that serializing the chunk gives.
#[derive(Clone, Debug, Default)]
pub struct ChatSse {
    /// The events so far. Take them whenever they are to be sent.
    pub bytes: Vec<u8>,
    /// The constant parts, once the first chunk has come.
    frame: Option<Frame>,
}

#[derive(Clone, Debug)]
struct Frame {
    /// From `data: ` to the index of the choice.
    head: Vec<u8>,
    /// From the end of the delta to the blank line.
    tail: Vec<u8>,
}

impl ChatSse {
    /// The event after which a client stops to read.
    pub const DONE: &'static [u8] = b"data: [DONE]\n\n";
}

impl ChunkSink for ChatSse {
    fn chunk(&mut self, chunk: &Chunk<'_>) {
        let ChunkBody::Choice(choice) = &chunk.body else {
            return self.write_event(chunk);
        };
        if choice.logprobs.is_some() || choice.finish_reason.is_some() {
            return self.write_event(chunk);
        }
        match choice.delta {
            Delta::Content(text) => {
                self.write_text(chunk.envelope, choice.index, &["content"], text)
            }
            Delta::Reasoning { field, text } => {
                self.write_text(chunk.envelope, choice.index, field.names(), text);
            }
            Delta::CallGrown { index, form, text } => {
                let frame = self.frame.get_or_insert_with(|| Frame::of(chunk.envelope));
                let into = &mut self.bytes;
                into.extend_from_slice(&frame.head);
                write_number(into, choice.index as u64);
                into.extend_from_slice(br#","delta":{"tool_calls":[{"index":"#);
                write_number(into, index as u64);
                for part in [
                    r#",""#,
                    form.as_str(),
                    r#"":{""#,
                    form.text_field(),
                    r#"":"#,
                ] {
                    into.extend_from_slice(part.as_bytes());
                }
                write_json(into, text);
                into.extend_from_slice(b"}}]");
                into.extend_from_slice(&frame.tail);
            }
            Delta::Role | Delta::CallOpened { .. } | Delta::Empty => self.write_event(chunk),
        }
    }

    fn error(&mut self, error: &Value) {
        self.write_event(error);
    }
}

impl ChatSse {
    fn write_event<T: Serialize + ?Sized>(&mut self, object: &T) {
        self.bytes.extend_from_slice(b"data: ");
        write_json(&mut self.bytes, object);
        self.bytes.extend_from_slice(b"\n\n");
    }

    fn write_text(&mut self, envelope: &Envelope, choice: usize, fields: &[&str], text: &str) {
        let frame = self.frame.get_or_insert_with(|| Frame::of(envelope));
        let into = &mut self.bytes;
        into.extend_from_slice(&frame.head);
        write_number(into, choice as u64);
        into.extend_from_slice(br#","delta":{"#);
        for (at, field) in fields.iter().enumerate() {
            into.extend_from_slice(if at == 0 { b"\"" } else { b",\"" });
            into.extend_from_slice(field.as_bytes());
            into.extend_from_slice(b"\":");
            write_json(into, text);
        }
        into.extend_from_slice(&frame.tail);
    }
}

impl Frame {
    fn of(envelope: &Envelope) -> Self {
        let mut head = b"data: ".to_vec();
        write_json(&mut head, &Head(envelope));
        head.pop(); // the closing brace
        head.extend_from_slice(br#","choices":[{"index":"#);
        let usage: &[u8] = if envelope.include_usage {
            br#","usage":null"#
        } else {
            b""
        };
        let tail = [
            br#"},"logprobs":null,"finish_reason":null}]"#,
            usage,
            b"}\n\n",
        ]
        .concat();
        Self { head, tail }
    }
}

/// The fields of a chunk before `choices`.
struct Head<'a>(&'a Envelope);

impl Serialize for Head<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        self.0.write_head(&mut map, "chat.completion.chunk")?;
        map.end()
    }
}
