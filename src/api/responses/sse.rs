//! Events as server-sent events.

use super::event::{EventBody, ResponseEvent, ResponseEventSink, TextDelta, TextKind};
use crate::api::json::{write_json, write_number};

/// Appends the events to a buffer as server-sent events: `event: TYPE`, `data: {...}` and a blank line.
///
/// For a delta only the text is escaped. The bytes are those that serializing the event gives.
#[derive(Clone, Debug, Default)]
pub struct ResponseSse {
    /// The events so far. Take them whenever they are to be sent.
    pub bytes: Vec<u8>,
}

impl ResponseSse {
    /// The event after which a client stops to read. OpenAI's server does not send it; other servers do.
    pub const DONE: &'static [u8] = b"data: [DONE]\n\n";
}

impl ResponseEventSink for ResponseSse {
    fn event(&mut self, event: &ResponseEvent<'_>) {
        let into = &mut self.bytes;
        for part in ["event: ", event.name(), "\ndata: "] {
            into.extend_from_slice(part.as_bytes());
        }
        match &event.body {
            EventBody::Delta(delta) if delta.logprobs.is_empty() => {
                write_delta(into, event.sequence_number, delta);
            }
            EventBody::Delta(_) | EventBody::Other { .. } => write_json(into, event),
        }
        into.extend_from_slice(b"\n\n");
    }
}

fn write_delta(into: &mut Vec<u8>, sequence_number: u64, delta: &TextDelta<'_>) {
    for part in [
        r#"{"type":""#,
        delta.kind.delta_event(),
        r#"","sequence_number":"#,
    ] {
        into.extend_from_slice(part.as_bytes());
    }
    write_number(into, sequence_number);
    into.extend_from_slice(br#","item_id":"#);
    write_json(into, delta.item_id);
    into.extend_from_slice(br#","output_index":"#);
    write_number(into, delta.output_index as u64);
    if delta.kind.is_part() {
        into.extend_from_slice(br#","content_index":0"#);
    }
    into.extend_from_slice(br#","delta":"#);
    write_json(into, delta.delta);
    if delta.kind == TextKind::OutputText {
        into.extend_from_slice(br#","logprobs":[]"#);
    }
    into.push(b'}');
}
