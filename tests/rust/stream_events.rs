//! The JSON of events: flat objects with the keys that Python's `to_dict` has.

use crate::promises::parsing::parser;
use crate::promises::LENIENT;
use openai_harmony::chat::Role;
use openai_harmony::StreamEvent;
use serde_json::json;

#[test]
fn events_are_flat_objects() {
    let before = "<|channel|>commentary to=functions.f<|message|>{}".len();
    let dropped = "<|reserved_200001|>";
    let mut parser = parser(Some(Role::Assistant), LENIENT);
    let mut events = parser
        .process_text(
            "<|channel|>commentary to=functions.f<|message|>{}<|reserved_200001|><|call|>",
        )
        .unwrap();
    parser.process_eos_into(&mut events).unwrap();
    let expected = [
        json!({
            "type": "message_started", "index": 0, "role": "assistant", "name": null, "channel": "commentary",
            "recipient": "functions.f", "content_type": null,
        }),
        json!({"type": "content_delta", "index": 0, "text": "{}"}),
        json!({
            "type": "repaired", "kind": "unexpected_special", "start": before, "end": before + dropped.len(),
            "text": dropped,
        }),
        json!({"type": "message_ended", "index": 0, "ending": "call"}),
    ];
    assert_eq!(serde_json::to_value(&events).unwrap(), json!(expected));
    let again: Vec<StreamEvent> = serde_json::from_value(json!(expected)).unwrap();
    assert_eq!(again, events);
}
