//! What holds for every request: it is prepared or refused, and what is prepared can be read back.

use std::collections::BTreeMap;

use crate::cases::encoding;
use openai_harmony::api::{
    chat_from_conversation, conversation_from_chat, BadRequest, ChatCompletions, Host, Options,
    Responses, StoredResponse,
};
use openai_harmony::chat::SystemContent;
use openai_harmony::StreamableParser;
use proptest::prelude::*;
use serde_json::{json, Value};

struct Fixed;

impl Host for Fixed {
    fn now(&self) -> f64 {
        1_751_068_800.0
    }

    fn id(&mut self, prefix: &str) -> String {
        prefix.to_owned()
    }
}

/// Any JSON, with the words of the APIs in it now and then.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((word(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Names and values that the APIs know.
fn word() -> impl Strategy<Value = String> {
    const WORDS: [&str; 64] = [
        "model",
        "messages",
        "input",
        "role",
        "content",
        "type",
        "text",
        "user",
        "assistant",
        "system",
        "developer",
        "tool",
        "function",
        "tools",
        "tool_choice",
        "tool_calls",
        "name",
        "arguments",
        "id",
        "call_id",
        "tool_call_id",
        "output",
        "function_call",
        "function_call_output",
        "custom_tool_call",
        "custom",
        "custom_tool_call_output",
        "reasoning",
        "reasoning_content",
        "effort",
        "none",
        "low",
        "required",
        "auto",
        "allowed_tools",
        "mode",
        "mcp",
        "server_label",
        "wiki",
        "web_search",
        "code_interpreter",
        "code_interpreter_call",
        "outputs",
        "logs",
        "mcp_call",
        "phase",
        "commentary",
        "item_reference",
        "message",
        "input_text",
        "output_text",
        "refusal",
        "parameters",
        "format",
        "grammar",
        "syntax",
        "lark",
        "definition",
        "truncation",
        "response_format",
        "json_schema",
        "schema",
        "stop",
        "continue_final_message",
    ];
    prop::sample::select(&WORDS[..]).prop_map(str::to_owned)
}

/// A message of Chat Completions that is mostly right.
fn chat_message() -> impl Strategy<Value = Value> {
    let text = "[a-z<|>]{0,6}|.{0,4}";
    prop_oneof![
        3 => text.prop_map(|text| json!({"role": "user", "content": text})),
        1 => text.prop_map(|text| json!({"role": "system", "content": text})),
        2 => (text, text).prop_map(|(thought, text)| {
            json!({"role": "assistant", "reasoning": thought, "content": text})
        }),
        2 => (text, 0..3_u8).prop_map(|(arguments, id)| json!({
            "role": "assistant",
            "tool_calls": [{"id": format!("c{id}"), "function": {"name": "f", "arguments": arguments}}],
        })),
        2 => (text, 0..3_u8).prop_map(|(text, id)| {
            json!({"role": "tool", "tool_call_id": format!("c{id}"), "content": text})
        }),
        1 => json_value(),
    ]
}

fn options() -> impl Strategy<Value = Options> {
    (any::<bool>(), prop::option::of(1..300_usize)).prop_map(|(prefix, max_context)| {
        let mut options = json!({
            "namespaces": {"wiki": {"name": "wiki", "description": null, "tools": []}},
            "force": if prefix { "prefix" } else { "constraint" },
            "effort_map": {"none": "skip", "low": "low"},
        });
        options["max_context"] = json!(max_context);
        serde_json::from_value(options).unwrap()
    })
}

fn assert_names_what_is_wrong(error: &BadRequest) {
    assert!(!error.message.is_empty());
    assert!(error.body()["error"]["message"].is_string());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_prepared_or_refused(body in json_value(), options in options()) {
        let text = body.to_string();
        let store = BTreeMap::<String, StoredResponse>::new();
        if let Err(error) = ChatCompletions::new(encoding(), options.clone()).prepare(text.as_bytes(), &Fixed) {
            assert_names_what_is_wrong(&error);
        }
        if let Err(error) = Responses::new(encoding(), options).prepare(text.as_bytes(), &Fixed, &store) {
            assert_names_what_is_wrong(&error);
        }
    }

    #[test]
    fn any_bytes_are_refused_or_prepared(body in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Err(error) = ChatCompletions::new(encoding(), Options::default()).prepare(&body, &Fixed) {
            assert_names_what_is_wrong(&error);
        }
    }

    /// A prompt is no longer than it may be, and is strictly harmony.
    #[test]
    fn a_prompt_can_be_read_back(
        messages in prop::collection::vec(chat_message(), 0..12),
        members in prop::collection::vec((word(), json_value()), 0..3),
        truncation in prop::sample::select(&["auto", "disabled"][..]),
        options in options(),
    ) {
        let mut body: serde_json::Map<String, Value> = members.into_iter().collect();
        body.insert("model".into(), "m".into());
        body.insert("messages".into(), messages.into());
        body.insert("truncation".into(), truncation.into());
        let limit = options.max_context.unwrap_or(usize::MAX);
        let chat = ChatCompletions::new(encoding(), options);
        match chat.prepare_value(&Value::Object(body), &Fixed) {
            Err(error) => assert_names_what_is_wrong(&error),
            Ok(job) => {
                prop_assert!(job.tokens().len() <= limit);
                prop_assert_eq!(job.plan().prompt_tokens, job.tokens().len());
                let mut parser = StreamableParser::new(encoding(), None).unwrap();
                for token in job.tokens() {
                    parser.process(*token).unwrap();
                }
            }
        }
    }

    /// The inverse of the lowering: what comes of its result is the same conversation.
    #[test]
    fn conversations_come_back_from_chat_completions(
        messages in prop::collection::vec(chat_message(), 0..12),
    ) {
        let system = SystemContent::new();
        let Ok(conversation) = conversation_from_chat(&json!({"messages": messages}), &system, false) else {
            return Ok(());
        };
        let back = conversation_from_chat(&chat_from_conversation(&conversation), &system, false);
        prop_assert_eq!(back.unwrap(), conversation);
    }

    /// Rule B23: under the same instructions the stored tokens are exactly the beginning of the next prompt, whatever
    /// the model wrote.
    #[test]
    fn stored_tokens_begin_the_next_prompt(
        sampled in prop::collection::vec(prop_oneof![0..200_000_u32, 200_000..200_020_u32], 0..40),
        question in "[a-z<|>]{0,6}",
    ) {
        let responses = Responses::new(encoding(), Options::default());
        let none = BTreeMap::<String, StoredResponse>::new();
        let job = responses.prepare_value(&json!({"model": "m", "input": "Hi"}), &Fixed, &none).unwrap();
        let mut transcript = job.transcript().clone();
        transcript.append_completion(&sampled).unwrap();
        let stored = StoredResponse {
            id: "resp_1".into(),
            input: job.answer_plan().items.clone(),
            output: Vec::new(),
            transcript,
        };
        let tokens = stored.tokens().to_vec();
        let store = BTreeMap::from([("resp_1".to_owned(), stored)]);
        let body = json!({"model": "m", "input": question, "previous_response_id": "resp_1"});
        let next = responses.prepare_value(&body, &Fixed, &store).unwrap();
        prop_assert!(next.tokens().starts_with(&tokens));
    }
}
