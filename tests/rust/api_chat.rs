//! Chat Completions: several choices, log-probabilities, reasoning fields, custom tools, failures.

use crate::answers;
use crate::answers::{chat_job, chat_job_with, chat_tools, tokens, Numbers};
use openai_harmony::api::{
    EngineFinishReason, NoteKind, Options, ReasoningField, StreamError, TokenLogprob,
};
use openai_harmony::chat::{Message, Role};
use serde_json::{json, Value};

use EngineFinishReason::Stop;

#[test]
fn choices_are_independent() {
    let job = chat_job(&json!({"n": 2, "stream": true, "stream_options": {"include_usage": true}}));
    let mut stream = job.stream(Numbers::default());
    let mut chunks: Vec<Value> = Vec::new();
    stream.start(None, &mut chunks);
    for (one, other) in tokens("<|channel|>final<|message|>one<|return|>")
        .iter()
        .zip(tokens("<|channel|>analysis<|message|>two<|end|>"))
    {
        stream.push(0, &[*one], None, &mut chunks).unwrap();
        stream.push(1, &[other], None, &mut chunks).unwrap();
    }
    stream
        .finish(1, Some(EngineFinishReason::Length), &mut chunks)
        .unwrap();
    assert_eq!(
        chunks.last().unwrap()["choices"][0]["finish_reason"],
        "length"
    );
    stream.finish(0, Some(Stop), &mut chunks).unwrap();
    let completion = stream.completion();
    assert_eq!(answers::chat::sum(&chunks), completion);
    assert_eq!(completion["choices"][0]["message"]["content"], "one");
    assert_eq!(completion["choices"][1]["message"]["reasoning"], "two");
    assert_eq!(completion["usage"]["completion_tokens"], 10);
}

#[test]
fn what_does_not_fit_the_state_of_a_stream_is_an_error() {
    let job = chat_job(&json!({}));
    let mut stream = job.stream(Numbers::default());
    assert_eq!(
        stream.push(1, &[], None, &mut ()),
        Err(StreamError::NoSuchChoice { choice: 1, n: 1 })
    );
    let error = StreamError::LogprobsLength {
        tokens: 1,
        logprobs: 0,
    };
    assert_eq!(stream.push(0, &[1], Some(&[]), &mut ()), Err(error));
    stream.finish(0, None, &mut ()).unwrap();
    assert_eq!(stream.push(0, &[1], None, &mut ()), Err(StreamError::Ended));
    assert_eq!(stream.finish(0, None, &mut ()), Err(StreamError::Ended));
}

#[test]
fn a_failure_is_the_last_object() {
    let mut stream = chat_job(&json!({})).stream(Numbers::default());
    let mut chunks: Vec<Value> = Vec::new();
    stream.fail("out of memory", "server_error", &mut chunks);
    stream.fail("again", "server_error", &mut chunks);
    let error = json!({"message": "out of memory", "type": "server_error", "param": null, "code": "server_error"});
    assert_eq!(chunks, [json!({"error": error})]);
    assert_eq!(
        stream.push(0, &[1], None, &mut chunks),
        Err(StreamError::Ended)
    );
}

#[test]
fn the_field_of_the_reasoning_is_an_option() {
    let sampled = tokens("<|channel|>analysis<|message|>a<|end|>");
    for (field, expected) in [
        (ReasoningField::Reasoning, json!({"reasoning": "a"})),
        (
            ReasoningField::ReasoningContent,
            json!({"reasoning_content": "a"}),
        ),
        (
            ReasoningField::Both,
            json!({"reasoning": "a", "reasoning_content": "a"}),
        ),
    ] {
        let options = Options {
            reasoning_field: field,
            ..Options::default()
        };
        let job = chat_job_with(&json!({}), options);
        let (chunks, completion) = answers::chat::stream(&job, &sampled, Some(Stop), &[1]);
        assert_eq!(chunks[1]["choices"][0]["delta"], expected);
        for (name, text) in expected.as_object().unwrap() {
            assert_eq!(completion["choices"][0]["message"][name], *text);
        }
    }
    for request in [
        json!({"include_reasoning": false}),
        json!({"reasoning": {"exclude": true}}),
    ] {
        let (chunks, completion) =
            answers::chat::stream(&chat_job(&request), &sampled, Some(Stop), &[1]);
        assert_eq!(chunks.len(), 2);
        assert!(!completion.to_string().contains("\"a\""));
        assert_eq!(
            completion["usage"]["completion_tokens_details"]["reasoning_tokens"],
            1
        );
    }
}

/// One entry for each token, with its position as the log-probability, so that the entries show whose they are.
fn logprobs(tokens: &[u32]) -> Vec<TokenLogprob> {
    let entry = |(position, token): (usize, &u32)| TokenLogprob {
        token: *token,
        logprob: -(position as f64),
        top: vec![(*token, -(position as f64)), (0, f64::NEG_INFINITY)],
    };
    tokens.iter().enumerate().map(entry).collect()
}

#[test]
fn every_token_of_content_has_one_log_probability() {
    let job = chat_job(&json!({"logprobs": true, "top_logprobs": 1, "stop": ["Stop"]}));
    // A thought, then content with a character of several tokens, then text without `<|message|>`.
    let sampled = tokens("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b 𓀀 c<|end|>\
        <|start|>assistant<|channel|>final The end.<|return|>");
    for size in [1, 3, 100] {
        let mut stream = job.stream(Numbers::default());
        let mut chunks: Vec<Value> = Vec::new();
        stream.start(None, &mut chunks);
        let entries = logprobs(&sampled);
        for (piece, entries) in sampled.chunks(size).zip(entries.chunks(size)) {
            stream.push(0, piece, Some(entries), &mut chunks).unwrap();
        }
        stream.finish(0, Some(Stop), &mut chunks).unwrap();
        let completion = stream.completion();
        let mut sum = answers::chat::sum(&chunks);
        sum["usage"] = completion["usage"].clone();
        assert_eq!(sum, completion, "cut every {size}");

        let choice = &completion["choices"][0];
        let found = choice["logprobs"]["content"].as_array().unwrap();
        let bytes: Vec<u8> = found
            .iter()
            .flat_map(|entry| {
                entry["bytes"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|byte| byte.as_u64().unwrap() as u8)
            })
            .collect();
        // The line break that joins two messages was not sampled, the leading blank of the second is header.
        assert_eq!(String::from_utf8(bytes).unwrap(), "b 𓀀 c The end.");
        assert_eq!(choice["message"]["content"], "b 𓀀 c\nThe end.");
        assert!(found
            .iter()
            .all(|entry| entry["top_logprobs"].as_array().unwrap().len() == 1));
        let positions: Vec<f64> = found
            .iter()
            .map(|entry| -entry["logprob"].as_f64().unwrap())
            .collect();
        assert!(positions.is_sorted() && positions[0] > 4.0);
    }
}

#[test]
fn log_probabilities_follow_the_text_that_is_held_back() {
    let job = chat_job(&json!({"logprobs": true, "stop": ["b c d"]}));
    let sampled = tokens("<|channel|>final<|message|>a b c e b c d");
    let mut stream = job.stream(Numbers::default());
    let entries = logprobs(&sampled);
    for (token, entry) in sampled.iter().zip(entries) {
        let mut chunks: Vec<Value> = Vec::new();
        stream
            .push(0, &[*token], Some(&[entry]), &mut chunks)
            .unwrap();
        for chunk in &chunks {
            let choice = &chunk["choices"][0];
            let text = choice["delta"]["content"].as_str().unwrap();
            let entries = choice["logprobs"]["content"].as_array().map_or(0, Vec::len);
            // One token a word; a blank that comes without its word is half a token.
            assert_eq!(entries, text.split_whitespace().count(), "{text:?}");
        }
    }
    assert!(stream.stopped(0));
    assert_eq!(
        stream.completion()["choices"][0]["message"]["content"],
        "a b c e "
    );
    assert_eq!(
        stream.completion()["choices"][0]["logprobs"]["content"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
}

#[test]
fn the_input_of_a_custom_tool_is_streamed_as_text() {
    let job = chat_job(&json!({"tools": chat_tools()}));
    let sampled = tokens(
        "<|channel|>commentary to=functions.run<|message|>{\"input\": \"print(1)\\n\"}<|call|>",
    );
    let (chunks, completion) = answers::chat::stream(&job, &sampled, Some(Stop), &[1]);
    let call = &completion["choices"][0]["message"]["tool_calls"][0];
    assert_eq!(call["type"], "custom");
    assert_eq!(
        call["custom"],
        json!({"name": "run", "input": "print(1)\n"})
    );
    assert!(chunks.len() > 4, "it comes in several deltas");
}

#[test]
fn arguments_that_are_no_json_pass_with_a_note() {
    let job = chat_job(&json!({"tools": chat_tools()}));
    let mut stream = job.stream(Numbers::default());
    stream
        .push(
            0,
            &tokens("<|channel|>commentary to=functions.get_weather<|message|>{a<|call|>"),
            None,
            &mut (),
        )
        .unwrap();
    stream.finish(0, Some(Stop), &mut ()).unwrap();
    let call = stream.completion()["choices"][0]["message"]["tool_calls"][0].clone();
    assert_eq!(call["function"]["arguments"], "{a");
    assert_eq!(
        stream.notes().next().unwrap().kind,
        NoteKind::InvalidArguments
    );
}

#[test]
fn without_a_reason_the_parser_tells_why_a_choice_ended() {
    let request = json!({"tools": chat_tools()});
    for (sampled, expected) in [
        ("<|channel|>final<|message|>a<|return|>", "stop"),
        ("<|channel|>final<|message|>a<|end|>", "stop"),
        ("<|channel|>final<|message|>a", "length"),
        ("<|channel|>analysis<|message|>a<|end|>", "length"),
        (
            "<|channel|>final<|message|>a<|end|><|start|>assistant",
            "length",
        ),
        (
            "<|channel|>commentary to=functions.get_weather<|message|>{}<|call|>",
            "tool_calls",
        ),
        (
            "<|channel|>commentary to=functions.get_weather<|message|>{",
            "length",
        ),
    ] {
        let (_, completion) =
            answers::chat::stream(&chat_job(&request), &tokens(sampled), None, &[1]);
        assert_eq!(
            completion["choices"][0]["finish_reason"], expected,
            "{sampled}"
        );
    }
}

#[test]
fn the_next_prompt_of_a_session_has_the_sampled_tokens() {
    let job = chat_job(&json!({"tools": chat_tools()}));
    let mut stream = job.stream(Numbers::default());
    let sampled = tokens("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{}<|call|>");
    stream.push(0, &sampled, None, &mut ()).unwrap();
    stream.finish(0, Some(Stop), &mut ()).unwrap();
    let mut transcript = stream.transcript(0).unwrap();
    let mut result = Message::from_role_and_content(Role::Tool, "sunny");
    result.author.name = Some("functions.get_weather".to_owned());
    transcript.append(result).unwrap();
    assert!(transcript
        .prompt()
        .unwrap()
        .starts_with(&[job.tokens(), &sampled].concat()));
}

#[test]
fn a_prompt_that_opens_the_answer_is_no_part_of_it() {
    let request = json!({
        "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "The"}],
        "continue_final_message": true,
    });
    let (chunks, completion) = answers::chat::stream(
        &chat_job(&request),
        &tokens(" end.<|return|>"),
        Some(Stop),
        &[1],
    );
    assert_eq!(completion["choices"][0]["message"]["content"], " end.");
    assert_eq!(chunks[1]["choices"][0]["delta"]["content"], " end");
}

#[test]
fn a_forced_call_begins_in_the_prompt() {
    let options = Options {
        force: openai_harmony::api::ForcePolicy::Prefix,
        ..Options::default()
    };
    let choice = json!({"type": "function", "function": {"name": "get_weather"}});
    let job = chat_job_with(
        &json!({"tools": chat_tools(), "tool_choice": choice}),
        options,
    );
    let mut chunks: Vec<Value> = Vec::new();
    let mut stream = job.stream(Numbers::default());
    let sampled = match job.plan().opening.content {
        Some(_) => tokens("{\"a\":1}<|call|>"),
        None => tokens(" <|constrain|>json<|message|>{\"a\":1}<|call|>"),
    };
    stream.push(0, &sampled, None, &mut chunks).unwrap();
    stream.finish(0, Some(Stop), &mut chunks).unwrap();
    let call = stream.completion()["choices"][0]["message"]["tool_calls"][0].clone();
    assert_eq!(
        call["function"],
        json!({"name": "get_weather", "arguments": "{\"a\":1}"})
    );
    assert_eq!(stream.completion()["choices"][0]["finish_reason"], "stop");
}
