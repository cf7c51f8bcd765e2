//! Streams of Chat Completions.

use openai_harmony::api::{ChatJob, ChatSse, ChatStream, EngineFinishReason};
use serde_json::{json, Map, Value};

use super::{pieces, read_sse, Numbers};

/// The chunks of an answer of one choice, and the whole object.
pub fn stream(
    job: &ChatJob,
    tokens: &[u32],
    reason: Option<EngineFinishReason>,
    sizes: &[usize],
) -> (Vec<Value>, Value) {
    let mut stream = job.stream(Numbers::default());
    let mut chunks = Vec::new();
    stream.start(None, &mut chunks);
    for piece in pieces(tokens, sizes) {
        stream.push(0, piece, None, &mut chunks).unwrap();
    }
    stream.finish(0, reason, &mut chunks).unwrap();
    assert_eq!(read_sse(&sse(job, tokens, reason, sizes)), chunks);
    (chunks, stream.completion())
}

/// The same as server-sent events, stored and restored after every step.
pub fn sse(
    job: &ChatJob,
    tokens: &[u32],
    reason: Option<EngineFinishReason>,
    sizes: &[usize],
) -> Vec<u8> {
    let mut sink = ChatSse::default();
    let mut stream = job.stream(Numbers::default());
    stream.start(None, &mut sink);
    for piece in pieces(tokens, sizes) {
        let state = serde_json::to_string(stream.state()).unwrap();
        stream = ChatStream::resume(serde_json::from_str(&state).unwrap(), stream.host().clone());
        stream.push(0, piece, None, &mut sink).unwrap();
    }
    stream.finish(0, reason, &mut sink).unwrap();
    sink.bytes
}

/// Adds chunks up as a client does, and checks on the way what holds for every stream.
pub fn sum(chunks: &[Value]) -> Value {
    let mut choices: Vec<Sum> = Vec::new();
    let first = &chunks[0];
    let mut usage = Value::Null;
    for chunk in chunks {
        for field in ["id", "created", "model", "system_fingerprint"] {
            assert_eq!(chunk[field], first[field], "section 6.5: {field}");
        }
        assert_eq!(chunk["object"], "chat.completion.chunk");
        if let Some(found) = chunk.get("usage").filter(|usage| !usage.is_null()) {
            assert_eq!(chunk["choices"], json!([]));
            usage = found.clone();
        }
        for choice in chunk["choices"].as_array().unwrap() {
            let index = choice["index"].as_u64().unwrap() as usize;
            if index == choices.len() {
                let expected = json!({"role": "assistant", "content": "", "refusal": null});
                assert_eq!(
                    choice["delta"], expected,
                    "B21: the first chunk of a choice"
                );
                choices.push(Sum::default());
            } else {
                choices[index].add(choice);
            }
        }
    }
    let choices = choices
        .into_iter()
        .enumerate()
        .map(|(index, sum)| sum.object(index));
    json!({
        "id": first["id"],
        "object": "chat.completion",
        "created": first["created"],
        "model": first["model"],
        "choices": choices.collect::<Vec<_>>(),
        "usage": usage,
        "system_fingerprint": first["system_fingerprint"],
    })
}

#[derive(Default)]
struct Sum {
    content: String,
    reasoning: String,
    calls: Vec<Value>,
    logprobs: Vec<Value>,
    has_logprobs: bool,
    finish_reason: Option<Value>,
}

impl Sum {
    fn add(&mut self, choice: &Value) {
        assert!(
            self.finish_reason.is_none(),
            "nothing comes after the finish reason"
        );
        let delta = choice["delta"].as_object().unwrap();
        assert!(
            delta.len() <= 1,
            "section 6.2: one kind of text in a chunk: {delta:?}"
        );
        if let Some(reason) = choice["finish_reason"].as_str() {
            assert!(delta.is_empty());
            self.finish_reason = Some(reason.into());
            return;
        }
        for (kind, value) in delta {
            match kind.as_str() {
                "content" => append(&mut self.content, value),
                "reasoning" => append(&mut self.reasoning, value),
                "tool_calls" => self.add_call(value),
                other => panic!("unknown field {other}"),
            }
        }
        assert!(!delta.is_empty(), "section 6.2: no empty chunk");
        if let Some(entries) = choice["logprobs"].get("content") {
            self.has_logprobs = true;
            self.logprobs
                .extend(entries.as_array().unwrap().iter().cloned());
        }
    }

    fn add_call(&mut self, value: &Value) {
        let [call] = value.as_array().unwrap().as_slice() else {
            panic!("one call in a chunk");
        };
        let index = call["index"].as_u64().unwrap() as usize;
        if let Some(id) = call.get("id") {
            assert_eq!(index, self.calls.len(), "B7: index counts the calls");
            let kind = call["type"].as_str().unwrap();
            self.calls
                .push(json!({"id": id, "type": kind, kind: call[kind]}));
            return;
        }
        assert_eq!(
            index + 1,
            self.calls.len(),
            "B7: deltas belong to the last call"
        );
        assert!(call.get("type").is_none(), "B7: the type comes once");
        let known = &mut self.calls[index];
        let (kind, field) = match known["type"].as_str().unwrap() {
            "custom" => ("custom", "input"),
            _ => ("function", "arguments"),
        };
        assert_eq!(
            call[kind].as_object().unwrap().len(),
            1,
            "B7: the name comes once"
        );
        let mut text = known[kind][field].as_str().unwrap().to_owned();
        append(&mut text, &call[kind][field]);
        known[kind][field] = text.into();
    }

    fn object(self, index: usize) -> Value {
        let mut message = Map::new();
        message.insert("role".into(), "assistant".into());
        let no_content = self.content.is_empty() && !self.calls.is_empty();
        message.insert(
            "content".into(),
            if no_content {
                Value::Null
            } else {
                self.content.into()
            },
        );
        message.insert("refusal".into(), Value::Null);
        message.insert("annotations".into(), json!([]));
        if !self.reasoning.is_empty() {
            message.insert("reasoning".into(), self.reasoning.into());
        }
        if !self.calls.is_empty() {
            message.insert("tool_calls".into(), self.calls.into());
        }
        let logprobs = self
            .has_logprobs
            .then(|| json!({"content": self.logprobs, "refusal": null}));
        json!({
            "index": index,
            "message": message,
            "logprobs": logprobs,
            "finish_reason": self.finish_reason.expect("every choice has a finish reason"),
        })
    }
}

fn append(text: &mut String, delta: &Value) {
    let delta = delta.as_str().unwrap();
    assert!(!delta.is_empty(), "section 6.2: no empty delta");
    text.push_str(delta);
}
