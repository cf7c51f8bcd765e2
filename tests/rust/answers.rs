//! Answers to requests, and the sum of a stream as a client adds it up.

pub mod chat;
pub mod responses;

use openai_harmony::api::{
    ChatCompletions, ChatJob, Host, NoStore, Options, Responses, ResponsesJob,
};
use openai_harmony::{load_harmony_encoding, HarmonyEncoding, HarmonyEncodingName};
use serde_json::{json, Value};

/// A host whose ids are numbers and whose clock is fixed.
#[derive(Clone, Debug, Default)]
pub struct Numbers(u32);

impl Host for Numbers {
    fn now(&self) -> f64 {
        1_751_068_800.0
    }

    fn id(&mut self, prefix: &str) -> String {
        self.0 += 1;
        format!("{prefix}{}", self.0)
    }
}

pub fn encoding() -> HarmonyEncoding {
    load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss).unwrap()
}

/// The tokens of a text in which special tokens are written out.
pub fn tokens(text: &str) -> Vec<u32> {
    encoding().tokenizer().encode_with_special_tokens(text)
}

/// A request with one question and, over it, the given members.
pub fn chat_job(members: &Value) -> ChatJob {
    chat_job_with(members, Options::default())
}

pub fn chat_job_with(members: &Value, options: Options) -> ChatJob {
    let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]});
    extend(&mut body, members);
    let chat = ChatCompletions::new(encoding(), options);
    chat.prepare(body.to_string().as_bytes(), &Numbers::default())
        .unwrap()
}

/// A request with one question and, over it, the given members.
pub fn responses_job(members: &Value) -> ResponsesJob {
    responses_job_with(members, Options::default())
}

pub fn responses_job_with(members: &Value, options: Options) -> ResponsesJob {
    let mut body = json!({"model": "m", "input": "Hi"});
    extend(&mut body, members);
    let responses = Responses::new(encoding(), options);
    responses
        .prepare(body.to_string().as_bytes(), &Numbers::default(), &NoStore)
        .unwrap()
}

fn extend(body: &mut Value, members: &Value) {
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
}

/// Tokens in pieces of the given sizes, taken in turn.
pub fn pieces<'a>(tokens: &'a [u32], sizes: &[usize]) -> Vec<&'a [u32]> {
    let mut rest = tokens;
    let mut pieces = Vec::new();
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, tail) = rest.split_at((*size).clamp(1, rest.len()));
        pieces.push(piece);
        rest = tail;
    }
    pieces
}

/// The objects in server-sent events.
pub fn read_sse(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    let events = text.split_terminator("\n\n");
    events
        .map(|event| {
            let data = event
                .lines()
                .find_map(|line| line.strip_prefix("data: "))
                .unwrap();
            serde_json::from_str(data).unwrap()
        })
        .collect()
}

/// Two functions, a custom tool among them, in the form of either API.
pub fn chat_tools() -> Value {
    json!([
        {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {}}}},
        {"type": "custom", "custom": {"name": "run"}},
    ])
}

pub fn responses_tools() -> Value {
    json!([
        {"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {}}},
        {"type": "custom", "name": "run"},
        {"type": "code_interpreter", "container": {"type": "auto"}},
        {"type": "web_search"},
    ])
}
