//! Streams of the Responses API.

use openai_harmony::api::{EngineFinishReason, ResponseSse, ResponsesJob, ResponsesStream};
use serde_json::{json, Value};

use super::{pieces, read_sse, Numbers};

/// The events of a response, and the whole object.
pub fn stream(
    job: &ResponsesJob,
    tokens: &[u32],
    reason: Option<EngineFinishReason>,
    sizes: &[usize],
) -> (Vec<Value>, Value) {
    let mut stream = job.stream(Numbers::default());
    let mut events = Vec::new();
    stream.start(None, &mut events);
    for piece in pieces(tokens, sizes) {
        stream.push(piece, None, &mut events).unwrap();
    }
    stream.finish(reason, &mut events).unwrap();
    assert_eq!(read_sse(&sse(job, tokens, reason, sizes)), events);
    (events, stream.response())
}

/// The same as server-sent events, stored and restored after every step.
pub fn sse(
    job: &ResponsesJob,
    tokens: &[u32],
    reason: Option<EngineFinishReason>,
    sizes: &[usize],
) -> Vec<u8> {
    let mut sink = ResponseSse::default();
    let mut stream = job.stream(Numbers::default());
    stream.start(None, &mut sink);
    for piece in pieces(tokens, sizes) {
        let state = serde_json::to_string(stream.state()).unwrap();
        stream =
            ResponsesStream::resume(serde_json::from_str(&state).unwrap(), stream.host().clone());
        stream.push(piece, None, &mut sink).unwrap();
    }
    stream.finish(reason, &mut sink).unwrap();
    sink.bytes
}

/// Adds events up, and checks on the way what holds for every stream. Gives the output items.
pub fn sum(events: &[Value]) -> Vec<Value> {
    assert_eq!(events[0]["type"], "response.created", "B11");
    assert_eq!(events[1]["type"], "response.in_progress", "B11");
    for (number, event) in events.iter().enumerate() {
        assert_eq!(
            event["sequence_number"], number,
            "sequence numbers count from 0"
        );
    }
    let (terminal, between) = events[2..].split_last().expect("B11: a terminal event");
    let status = terminal["response"]["status"].as_str().unwrap();
    assert_eq!(
        terminal["type"],
        format!("response.{status}"),
        "B11: named after the status"
    );

    let mut items = Vec::new();
    let mut open: Option<Open> = None;
    for event in between {
        let kind = event["type"].as_str().unwrap();
        assert!(event.get("response").is_none(), "B11: one terminal event");
        assert_eq!(
            event["output_index"],
            items.len(),
            "B8: one index, one item"
        );
        match (kind, &mut open) {
            ("response.output_item.added", None) => open = Some(Open::new(&event["item"])),
            ("response.output_item.done", Some(_)) => {
                items.push(open.take().unwrap().close(&event["item"]));
            }
            (_, Some(open)) => open.add(kind, event),
            (_, None) => panic!("B9: {kind} outside of an item"),
        }
    }
    assert!(open.is_none(), "B9: every item is done");
    items
}

/// The item that is being streamed.
struct Open {
    added: Value,
    text: String,
    has_part: bool,
    /// The text of the `….done` event.
    done: Option<String>,
    part_done: bool,
}

impl Open {
    fn new(item: &Value) -> Self {
        assert_eq!(item["status"], "in_progress");
        Self {
            added: item.clone(),
            text: String::new(),
            has_part: false,
            done: None,
            part_done: false,
        }
    }

    fn add(&mut self, kind: &str, event: &Value) {
        assert_eq!(event["item_id"], self.added["id"], "B10");
        if let Some(index) = event.get("content_index") {
            assert_eq!(*index, 0, "B8");
        }
        if kind.ends_with(".delta") {
            let delta = event["delta"].as_str().unwrap();
            assert!(!delta.is_empty() && self.done.is_none());
            self.text.push_str(delta);
            return;
        }
        match kind {
            "response.content_part.added" => {
                assert!(!self.has_part && event["part"]["text"] == "");
                self.has_part = true;
            }
            "response.content_part.done" => {
                assert_eq!(event["part"]["text"], self.text);
                self.part_done = true;
            }
            _ if kind.ends_with(".done") => {
                let fields = ["text", "arguments", "input", "code"];
                let text = fields
                    .iter()
                    .find_map(|field| event[field].as_str())
                    .unwrap();
                assert!(self.done.replace(text.to_owned()).is_none());
            }
            _ => {}
        }
    }

    /// Checks the finished item against what was streamed.
    fn close(self, item: &Value) -> Value {
        for field in [
            "id",
            "type",
            "call_id",
            "name",
            "server_label",
            "container_id",
            "phase",
        ] {
            assert_eq!(item[field], self.added[field], "B10: {field}");
        }
        assert_ne!(item["status"], "in_progress");
        match item["type"].as_str().unwrap() {
            "reasoning" | "message" => {
                assert!(self.has_part && self.part_done);
                assert_eq!(item["content"][0]["text"], self.text, "B6");
                assert_eq!(self.done.as_deref(), Some(self.text.as_str()));
            }
            "web_search_call" => assert_eq!(item["action"]["type"], self.added["action"]["type"]),
            _ => {
                let fields = ["arguments", "input", "code"];
                let text = fields.iter().find_map(|field| item[field].as_str());
                assert_eq!(text, Some(self.text.as_str()), "B6");
                assert_eq!(self.done, Some(self.text));
            }
        }
        item.clone()
    }
}

/// Whether `found` has everything that `expected` has; lists must be equally long.
pub fn assert_contains(found: &Value, expected: &Value, place: &str) {
    match expected {
        Value::Object(fields) => {
            for (name, value) in fields {
                assert_contains(&found[name], value, &format!("{place}.{name}"));
            }
        }
        Value::Array(items) => {
            let length = json!(items.len());
            assert_eq!(
                json!(found.as_array().map(Vec::len)),
                length,
                "{place}: {found}"
            );
            for (index, item) in items.iter().enumerate() {
                assert_contains(&found[index], item, &format!("{place}[{index}]"));
            }
        }
        value => assert_eq!(found, value, "{place}"),
    }
}
