//! Answers of both APIs against the case files of `test-data/api-outputs`, whole and streamed.

use crate::answers::responses::assert_contains;
use crate::answers::{chat_job, responses_job};
use crate::{answers, cases};
use openai_harmony::api::{ChatSse, EngineFinishReason, ResponseSse};
use serde::Deserialize;
use serde_json::{json, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(default)]
    #[allow(dead_code)]
    about: Option<String>,
    sampled: String,
    tokens: Vec<u32>,
    engine_finish_reason: Option<EngineFinishReason>,
    chat_request: Option<Value>,
    responses_request: Option<Value>,
    expected: Expected,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    chat: Option<ChatAnswer>,
    responses: Option<Value>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct ChatAnswer {
    reasoning: String,
    content: String,
    tool_calls: Vec<Value>,
    finish_reason: String,
}

#[derive(Deserialize)]
struct Usage {
    completion_tokens: usize,
    reasoning_tokens: usize,
}

const SIZES: [&[usize]; 3] = [&[1], &[3, 2], &[10_000]];

#[test]
fn the_tokens_of_the_cases_are_those_of_their_text() {
    for (name, case) in cases::read::<Case>("api-outputs") {
        assert_eq!(answers::tokens(&case.sampled), case.tokens, "{name}");
    }
}

#[test]
fn chat_completions_answers_as_expected() {
    for (name, case) in cases::read::<Case>("api-outputs") {
        let (Some(request), Some(expected)) = (case.chat_request, case.expected.chat) else {
            continue;
        };
        let job = chat_job(&request);
        for sizes in SIZES {
            let (chunks, completion) =
                answers::chat::stream(&job, &case.tokens, case.engine_finish_reason, sizes);
            let mut sum = answers::chat::sum(&chunks);
            sum["usage"] = completion["usage"].clone(); // the request does not ask for it
            assert_eq!(sum, completion, "B6, {name}");
            assert_eq!(chat_answer(&completion), expected, "{name}");
            if let Some(usage) = &case.usage {
                let found = &completion["usage"];
                assert_eq!(
                    found["completion_tokens"], usage.completion_tokens,
                    "{name}"
                );
                let details = &found["completion_tokens_details"];
                assert_eq!(
                    details["reasoning_tokens"], usage.reasoning_tokens,
                    "{name}"
                );
                assert_eq!(found["prompt_tokens"], job.tokens().len(), "{name}");
            }
        }
    }
}

#[test]
fn the_responses_api_answers_as_expected() {
    for (name, case) in cases::read::<Case>("api-outputs") {
        let (Some(request), Some(expected)) = (case.responses_request, case.expected.responses)
        else {
            continue;
        };
        let job = responses_job(&request);
        for sizes in SIZES {
            let (events, response) =
                answers::responses::stream(&job, &case.tokens, case.engine_finish_reason, sizes);
            assert_eq!(
                json!(answers::responses::sum(&events)),
                response["output"],
                "B6, {name}"
            );
            assert_eq!(events.last().unwrap()["response"], response, "B10, {name}");
            assert_contains(&response, &expected, &name);
            if let Some(usage) = &case.usage {
                let found = &response["usage"];
                assert_eq!(found["output_tokens"], usage.completion_tokens, "{name}");
                let details = &found["output_tokens_details"];
                assert_eq!(
                    details["reasoning_tokens"], usage.reasoning_tokens,
                    "{name}"
                );
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SseCase {
    #[allow(dead_code)]
    about: String,
    request: Value,
    sampled: String,
}

/// The Python tests compare theirs with the same files.
#[test]
fn the_bytes_of_a_stream_are_those_of_the_files() {
    for (name, case) in cases::read::<SseCase>("api-sse") {
        let tokens = answers::tokens(&case.sampled);
        let stop = Some(EngineFinishReason::Stop);
        let (mut bytes, done) = match name.as_str() {
            "chat" => (
                answers::chat::sse(&chat_job(&case.request), &tokens, stop, &[1]),
                ChatSse::DONE,
            ),
            _ => (
                answers::responses::sse(&responses_job(&case.request), &tokens, stop, &[1]),
                ResponseSse::DONE,
            ),
        };
        bytes.extend_from_slice(done);
        let file = format!(
            "{}/test-data/api-sse/{name}.sse",
            env!("CARGO_MANIFEST_DIR")
        );
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            std::fs::read_to_string(file).unwrap(),
            "{name}"
        );
    }
}

/// The parts of a completion that the cases name; `null` and absent text are empty.
fn chat_answer(completion: &Value) -> ChatAnswer {
    let choice = &completion["choices"][0];
    let message = &choice["message"];
    let text = |field: &str| message[field].as_str().unwrap_or_default().to_owned();
    let calls = message["tool_calls"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let called = |call: Value| {
        let function = &call["function"];
        json!({"name": function["name"], "arguments": function["arguments"]})
    };
    ChatAnswer {
        reasoning: text("reasoning"),
        content: text("content"),
        tool_calls: calls.into_iter().map(called).collect(),
        finish_reason: choice["finish_reason"].as_str().unwrap().to_owned(),
    }
}
