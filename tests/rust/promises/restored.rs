//! Parsers, transcripts and streams restored from states that somebody changed.

use serde::de::DeserializeOwned;
use serde_json::{json, Value};

use openai_harmony::StreamableParser;

use super::input::{Change, Input};
use super::parsing::parser;
use super::{answers, LENIENT};

/// Restoring a changed state fails, or gives something whose every method works.
pub fn restored(data: &[u8]) {
    let mut input = Input::new(data);
    let (role, size, changes) = (input.role(), input.size(), input.changes());
    let as_text = size % 2 == 0;
    let tokens = input.tokens();

    let mut original = parser(role, LENIENT);
    let text = String::from_utf8_lossy(&bytes_of(&tokens)).into_owned();
    if as_text {
        original.process_text(&text).expect("lenient");
    } else {
        original.process_many(&tokens).expect("lenient");
    }
    let state = serde_json::to_value(&original).expect("a parser has a JSON form");
    if let Some(parser) = after::<StreamableParser>(state, &changes) {
        use_every_method(parser, &tokens, &text);
    }
    let transcript = answers::transcript(&tokens);
    let state = serde_json::to_value(&transcript).expect("a transcript has a JSON form");
    if let Some(transcript) = after(state, &changes) {
        answers::use_transcript(transcript, &tokens);
    }
    let state = serde_json::to_value(answers::rendered()).expect("a rendering has a JSON form");
    if let Some(rendered) = after(state, &changes) {
        answers::use_rendered(&rendered);
    }
    if let Some(state) = after(answers::chat_state(&tokens), &changes) {
        answers::use_chat(state, &tokens);
    }
    if let Some(state) = after(answers::responses_state(&tokens), &changes) {
        answers::use_responses(state, &tokens);
    }
}

/// What a state holds after some changes; `None` if it is refused.
fn after<T: DeserializeOwned>(mut state: Value, changes: &[Change]) -> Option<T> {
    for change in changes {
        let count = count(&state);
        apply(&mut state, &mut (change.node % count), *change);
    }
    serde_json::from_value(state).ok()
}

fn bytes_of(tokens: &[u32]) -> Vec<u8> {
    let encoding = super::encoding();
    let known = tokens
        .iter()
        .filter_map(|token| encoding.tokenizer().token_bytes(*token));
    known.flatten().copied().collect()
}

/// Errors are allowed: the state may be that of a strict parser now, or of one that is given text.
fn use_every_method(mut parser: StreamableParser, tokens: &[u32], text: &str) {
    let mut events = Vec::new();
    let mut copy = parser.clone();
    look(&parser);
    let _ = parser.process_many_into(tokens, &mut events);
    look(&parser);
    let _ = parser.process_eos_into(&mut events);
    look(&parser);
    let _ = copy.process_text_into(text, &mut events);
    copy.take_messages();
    look(&copy);
    let _ = copy.process_many_into(tokens, &mut events);
    let _ = copy.process_eos_into(&mut events);
    look(&copy);
    copy.reset();
    look(&copy);
}

fn look(parser: &StreamableParser) {
    let parsed = parser.parsed();
    parsed.usage();
    parsed.finish_reason();
    parser.last_delta();
    parser.open_tokens();
    parser.current_header();
    parser.state_json().expect("never fails");
    serde_json::to_string(parser).expect("a parser has a JSON form");
}

/// How many nodes a value has.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

/// Changes the node at `rest`, counted from this one.
fn apply(value: &mut Value, rest: &mut usize, change: Change) -> bool {
    if *rest == 0 {
        *value = changed(value, change.kind);
        return true;
    }
    *rest -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| apply(item, rest, change)),
        Value::Object(fields) => fields.values_mut().any(|item| apply(item, rest, change)),
        _ => false,
    }
}

fn changed(value: &Value, kind: u8) -> Value {
    match value {
        Value::Number(number) => {
            let number = number.as_u64().unwrap_or_default();
            let others = [
                number.wrapping_add(1),
                number.wrapping_sub(1),
                0,
                1,
                3,
                999,
                1 << 40,
                (1 << 52) + 1,
                u64::MAX,
            ];
            json!(others[usize::from(kind) % others.len()])
        }
        Value::String(text) => match kind % 4 {
            0 => json!(""),
            1 => json!(format!("é{text}")),
            2 => json!(format!("{text}<|channel|>")),
            _ => json!("Text"),
        },
        Value::Bool(flag) => json!(!flag),
        Value::Null => json!(kind),
        Value::Array(items) => {
            let mut items = items.clone();
            match kind % 3 {
                0 => items.clear(),
                1 => drop(items.pop()),
                _ => items.extend(items.last().cloned()),
            }
            json!(items)
        }
        Value::Object(_) => Value::Null,
    }
}
