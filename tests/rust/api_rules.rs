//! The rules of `docs/api.md` about answers; each test names its rule.

use crate::answers;
use crate::answers::{chat_job, chat_tools, responses_job, responses_tools, tokens, Numbers};
use openai_harmony::api::{ChatStream, EngineFinishReason, NoteKind};
use serde_json::{json, Value};

use EngineFinishReason::{Length, Stop};

const CALL: &str =
    "<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{\"a\":1}<|call|>";
const NEXT: &str = "<|start|>assistant";

fn tools() -> Value {
    json!({"tools": chat_tools()})
}

/// The only choice of a completion.
fn chat(request: &Value, sampled: &str, reason: Option<EngineFinishReason>) -> Value {
    let (chunks, completion) =
        answers::chat::stream(&chat_job(request), &tokens(sampled), reason, &[2]);
    let choice = completion["choices"][0].clone();
    assert_eq!(answers::chat::sum(&chunks)["choices"][0], choice, "B6");
    choice
}

fn response(request: &Value, sampled: &str, reason: Option<EngineFinishReason>) -> Value {
    let (events, response) =
        answers::responses::stream(&responses_job(request), &tokens(sampled), reason, &[2]);
    assert_eq!(
        json!(answers::responses::sum(&events)),
        response["output"],
        "B6"
    );
    response
}

#[test]
fn b1_the_recipient_decides_what_is_a_call() {
    for channel in ["analysis", "commentary", "final"] {
        let sampled =
            format!("<|channel|>{channel} to=functions.get_weather<|message|>{{}}<|call|>");
        let choice = chat(&tools(), &sampled, Some(Stop));
        assert_eq!(
            choice["message"]["tool_calls"][0]["function"]["name"], "get_weather",
            "{channel}"
        );
    }
}

#[test]
fn b2_a_header_is_never_content() {
    for cut in [
        "<|channel|>",
        "<|channel|>final",
        "<|channel|>commentary to=functions.get",
        "<|start|>assistant",
    ] {
        let sampled = format!("<|channel|>final<|message|>a<|end|>{NEXT}{cut}");
        let choice = chat(&tools(), &sampled, Some(Length));
        assert_eq!(choice["message"]["content"], "a", "{cut}");
        assert!(choice["message"].get("tool_calls").is_none());
        assert_eq!(
            response(&json!({}), &sampled, Some(Length))["output"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    }
}

#[test]
fn b3_text_is_never_lost_to_null() {
    for sampled in [
        "The answer",
        "<|message|>The answer",
        "<|channel|>The answer<|return|>",
        "<|constrain|>The answer<|end|>",
    ] {
        let choice = chat(&json!({}), sampled, Some(Stop));
        let content = choice["message"]["content"].as_str().unwrap();
        assert!(content.ends_with("answer"), "{sampled}: {choice}");
    }
    assert_eq!(chat(&json!({}), "", Some(Stop))["message"]["content"], "");
}

#[test]
fn b4_markup_reaches_no_field() {
    let sampled = format!("<|channel|>analysis<|message|>a<|constrain|>b<|message|>c<|end|>{NEXT}\
        <|channel|>commentary to=functions.get_weather<|channel|>commentary<|message|>{{}}<|constrain|><|call|>{NEXT}\
        <|channel|>final<|message|>x<|constrain|>y<|return|>");
    let choice = chat(&tools(), &sampled, Some(Stop));
    assert_eq!(choice["message"]["reasoning"], "abc");
    assert_eq!(choice["message"]["content"], "xy");
    assert_eq!(
        choice["message"]["tool_calls"][0]["function"],
        json!({"name": "get_weather", "arguments": "{}"})
    );
}

#[test]
fn b5_every_transition_inside_a_batch_is_seen() {
    let sampled = format!("<|channel|>analysis<|message|>a<|end|>{NEXT}{CALL}{NEXT}{CALL}");
    let (chunks, _) =
        answers::chat::stream(&chat_job(&tools()), &tokens(&sampled), Some(Stop), &[1000]);
    // Role, thought, two calls with one delta each, end.
    assert_eq!(chunks.len(), 1 + 1 + 2 * 2 + 1);
}

#[test]
fn b7_id_type_and_name_come_once() {
    let (chunks, completion) = answers::chat::stream(
        &chat_job(&tools()),
        &tokens(&format!("{CALL}{NEXT}{CALL}")),
        Some(Stop),
        &[1],
    );
    let calls: Vec<&Value> = chunks
        .iter()
        .map(|chunk| &chunk["choices"][0]["delta"]["tool_calls"][0])
        .collect();
    let opened: Vec<&Value> = calls
        .iter()
        .copied()
        .filter(|call| call.get("id").is_some())
        .collect();
    let ids: Vec<&Value> = opened.iter().map(|call| &call["id"]).collect();
    assert_eq!(opened[1]["index"], 1);
    assert_eq!(
        opened[0]["function"],
        json!({"name": "get_weather", "arguments": ""})
    );
    assert_ne!(ids[0], ids[1]);
    assert_eq!(
        *ids[1],
        completion["choices"][0]["message"]["tool_calls"][1]["id"]
    );
}

#[test]
fn b8_b9_b10_every_item_is_added_and_done_with_the_ids_of_the_response() {
    // `sum` asserts it for every event.
    let sampled = format!("<|channel|>analysis<|message|>a<|end|>{NEXT}{CALL}{NEXT}<|channel|>final<|message|><|return|>");
    let response = response(&json!({"tools": responses_tools()}), &sampled, Some(Stop));
    let types: Vec<&Value> = response["output"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["type"])
        .collect();
    assert_eq!(types, ["reasoning", "function_call", "message"]);
}

#[test]
fn b11_one_terminal_event_named_after_the_status() {
    for (reason, status) in [
        (Some(Stop), "completed"),
        (Some(Length), "incomplete"),
        (None, "incomplete"),
    ] {
        let job = responses_job(&json!({}));
        let (events, _) =
            answers::responses::stream(&job, &tokens("<|channel|>final<|message|>a"), reason, &[1]);
        let names: Vec<&str> = events
            .iter()
            .map(|event| event["type"].as_str().unwrap())
            .collect();
        assert_eq!(names[..2], ["response.created", "response.in_progress"]);
        assert_eq!(*names.last().unwrap(), format!("response.{status}"));
        assert_eq!(events[1]["response"]["usage"], Value::Null);
        assert_eq!(events[1]["response"]["output"], json!([]));
    }
}

#[test]
fn b12_the_limit_leaves_only_the_open_item_incomplete() {
    let sampled =
        format!("<|channel|>analysis<|message|>a<|end|>{NEXT}<|channel|>final<|message|>b");
    assert_eq!(
        chat(&json!({}), &sampled, Some(Length))["finish_reason"],
        "length"
    );
    let found = response(&json!({}), &sampled, Some(Length));
    assert_eq!(found["status"], "incomplete");
    assert_eq!(
        found["incomplete_details"],
        json!({"reason": "max_output_tokens"})
    );
    let statuses: Vec<&Value> = found["output"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["status"])
        .collect();
    assert_eq!(statuses, ["completed", "incomplete"]);
    assert_eq!(
        response(&json!({}), "<|channel|>", Some(Length))["output"],
        json!([])
    );
    let filtered = response(
        &json!({}),
        &sampled,
        Some(EngineFinishReason::ContentFilter),
    );
    assert_eq!(
        filtered["incomplete_details"],
        json!({"reason": "content_filter"})
    );
}

#[test]
fn b13_a_call_is_complete_with_and_without_its_stop_token() {
    for sampled in [CALL, CALL.strip_suffix("<|call|>").unwrap()] {
        let choice = chat(&tools(), sampled, Some(Stop));
        assert_eq!(choice["finish_reason"], "tool_calls");
        assert_eq!(
            choice["message"]["tool_calls"][0]["function"]["arguments"],
            "{\"a\":1}"
        );
        assert_eq!(choice["message"]["content"], Value::Null);
        let found = response(&json!({"tools": responses_tools()}), sampled, Some(Stop));
        assert_eq!(found["output"][0]["status"], "completed");
    }
    let empty = "<|channel|>commentary to=functions.get_weather<|message|> ";
    let arguments = |reason| {
        chat(&tools(), empty, reason)["message"]["tool_calls"][0]["function"]["arguments"].clone()
    };
    assert_eq!(arguments(Some(Stop)), "{}");
    assert_eq!(arguments(Some(Length)), " ");
}

#[test]
fn b17_no_call_where_none_is_allowed() {
    for request in [
        json!({"tools": chat_tools(), "tool_choice": "none"}),
        json!({}),
    ] {
        let job = chat_job(&request);
        let mut stream = job.stream(Numbers::default());
        stream.push(0, &tokens(CALL), None, &mut ()).unwrap();
        stream.finish(0, Some(Stop), &mut ()).unwrap();
        assert!(stream.completion()["choices"][0]["message"]
            .get("tool_calls")
            .is_none());
        let notes: Vec<_> = stream.notes().collect();
        assert_eq!(notes[0].kind, NoteKind::SuppressedCall);
        assert_eq!(
            (notes[0].name.as_str(), notes[0].text.as_str()),
            ("functions.get_weather", "{\"a\":1}")
        );
    }
}

#[test]
fn b19_a_final_message_with_a_content_type_is_a_final_message() {
    for header in ["final <|constrain|>json", "final json"] {
        let choice = chat(
            &json!({}),
            &format!("<|channel|>{header}<|message|>{{}}<|return|>"),
            Some(Stop),
        );
        assert_eq!(choice["message"]["content"], "{}", "{header}");
    }
}

#[test]
fn b20_usage_counts_every_token_and_the_thoughts_apart() {
    let request = json!({"stream": true, "stream_options": {"include_usage": true}});
    let job = chat_job(&request);
    let sampled = tokens(&format!(
        "<|channel|>analysis<|message|>one two<|end|>{NEXT}<|channel|>final<|message|>x<|return|>"
    ));
    let mut chunks: Vec<Value> = Vec::new();
    let mut stream = job.stream(Numbers::default());
    stream.start(Some(7), &mut chunks);
    stream.push(0, &sampled, None, &mut chunks).unwrap();
    stream.finish(0, Some(Stop), &mut chunks).unwrap();
    let usage = &chunks.last().unwrap()["usage"];
    assert_eq!(usage["prompt_tokens"], job.tokens().len());
    assert_eq!(usage["completion_tokens"], sampled.len());
    assert_eq!(
        usage["completion_tokens_details"],
        json!({"reasoning_tokens": 2})
    );
    assert_eq!(usage["prompt_tokens_details"], json!({"cached_tokens": 7}));
    assert!(chunks[..chunks.len() - 1]
        .iter()
        .all(|chunk| chunk["usage"].is_null()));
}

#[test]
fn b21_the_first_chunk_of_each_choice_has_the_role_and_no_text() {
    let job = chat_job(&json!({"n": 3}));
    let mut chunks: Vec<Value> = Vec::new();
    job.stream(Numbers::default()).start(None, &mut chunks);
    let found: Vec<_> = chunks
        .iter()
        .map(|chunk| (&chunk["choices"][0]["index"], &chunk["choices"][0]["delta"]))
        .collect();
    let delta = json!({"role": "assistant", "content": "", "refusal": null});
    assert_eq!(
        found,
        [0, 1, 2]
            .map(|index| json!(index))
            .iter()
            .map(|index| (index, &delta))
            .collect::<Vec<_>>()
    );
}

#[test]
fn b24_special_tokens_that_were_written_as_text_stay_text() {
    let mut sampled = tokens("<|channel|>final<|message|>");
    sampled.extend(
        answers::encoding()
            .tokenizer()
            .encode_ordinary("write <|start|>"),
    );
    let (_, completion) = answers::chat::stream(&chat_job(&json!({})), &sampled, Some(Stop), &[1]);
    assert_eq!(
        completion["choices"][0]["message"]["content"],
        "write <|start|>"
    );
}

#[test]
fn b25_stop_strings_end_the_answer_and_nothing_else() {
    let request = json!({"stop": ["\n\n", "END"], "tools": chat_tools()});
    let sampled = format!(
        "<|channel|>analysis<|message|>a\n\nEND<|end|>{NEXT}\
        <|channel|>commentary to=functions.get_weather<|message|>\"END\"<|call|>{NEXT}\
        <|channel|>final<|message|>one EN two END three<|return|>"
    );
    let choice = chat(&request, &sampled, Some(Stop));
    assert_eq!(choice["message"]["reasoning"], "a\n\nEND");
    assert_eq!(
        choice["message"]["tool_calls"][0]["function"]["arguments"],
        "\"END\""
    );
    assert_eq!(choice["message"]["content"], "one EN two ");
    assert_eq!(choice["finish_reason"], "stop");

    let job = chat_job(&request);
    let mut stream = job.stream(Numbers::default());
    for token in tokens("<|channel|>final<|message|>one E") {
        stream.push(0, &[token], None, &mut ()).unwrap();
    }
    assert!(!stream.stopped(0));
    assert_eq!(
        stream.completion()["choices"][0]["message"]["content"],
        "one "
    );
    stream.push(0, &tokens("ND"), None, &mut ()).unwrap();
    assert!(stream.stopped(0));
}

#[test]
fn b26_content_is_a_string() {
    assert_eq!(
        chat(
            &json!({}),
            "<|channel|>final<|message|>a<|return|>",
            Some(Stop)
        )["message"]["content"],
        "a"
    );
}

#[test]
fn b27_without_parallel_calls_only_the_first_counts() {
    let sampled = format!("{CALL}{NEXT}{CALL}");
    let request = json!({"tools": chat_tools(), "parallel_tool_calls": false});
    assert_eq!(
        chat(&request, &sampled, Some(Stop))["message"]["tool_calls"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let request = json!({"tools": responses_tools(), "parallel_tool_calls": false});
    assert_eq!(
        response(&request, &sampled, Some(Stop))["output"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn b28_a_preamble_is_shown_and_marked() {
    let sampled = format!("<|channel|>commentary<|message|>Let me see.<|end|>{NEXT}{CALL}");
    assert_eq!(
        chat(&tools(), &sampled, Some(Stop))["message"]["content"],
        "Let me see."
    );
    let found = response(&json!({"tools": responses_tools()}), &sampled, Some(Stop));
    assert_eq!(found["output"][0]["phase"], "commentary");
}

/// Section 5, row 1: what a model invents in a tool's name is not an answer.
#[test]
fn an_invented_result_is_left_out_with_a_note() {
    let sampled = format!("{CALL}<|start|>functions.get_weather to=assistant<|channel|>commentary<|message|>sunny<|end|>");
    let job = chat_job(&tools());
    let mut stream: ChatStream<Numbers> = job.stream(Numbers::default());
    stream.push(0, &tokens(&sampled), None, &mut ()).unwrap();
    stream.finish(0, Some(Stop), &mut ()).unwrap();
    assert!(!stream.completion().to_string().contains("sunny"));
    let notes: Vec<_> = stream
        .notes()
        .map(|note| (note.kind, note.name, note.text))
        .collect();
    assert_eq!(
        notes,
        [(
            NoteKind::InventedMessage,
            "functions.get_weather".to_owned(),
            "sunny".to_owned()
        )]
    );
}
