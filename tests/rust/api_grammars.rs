//! The grammar of a request, from its body.

use crate::cases::encoding;
use openai_harmony::api::{output_grammar_for_request, Options, RequestGrammarError};
use openai_harmony::grammar::GrammarError;
use serde_json::{json, Value};

fn allows(request: &Value, sampled: &str) -> bool {
    let body = request.to_string();
    let grammar =
        output_grammar_for_request(&encoding(), body.as_bytes(), &Options::default()).unwrap();
    let tokens = encoding().tokenizer().encode_with_special_tokens(sampled);
    grammar.check(&tokens).unwrap().is_ok()
}

fn refusal(body: &[u8]) -> RequestGrammarError {
    output_grammar_for_request(&encoding(), body, &Options::default()).unwrap_err()
}

const ANSWER: &str = "<|channel|>final<|message|>Sunny.<|return|>";
const CALL: &str =
    "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{\"a\":1}<|call|>";

/// The same request to both APIs.
fn requests(choice: &Value) -> [Value; 2] {
    let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
    let function = json!({"name": "f", "parameters": schema});
    let mut flat = function.clone();
    flat["type"] = "function".into();
    [
        json!({
            "model": "m", "messages": [{"role": "user", "content": "Hi"}], "tool_choice": choice,
            "tools": [{"type": "function", "function": function}],
        }),
        json!({"model": "m", "input": "Hi", "tools": [flat], "tool_choice": choice}),
    ]
}

#[test]
fn the_tool_choice_of_either_api_decides() {
    for (choice, answer, call) in [
        ("auto", true, true),
        ("none", true, false),
        ("required", false, true),
    ] {
        for request in requests(&choice.into()) {
            assert_eq!(allows(&request, ANSWER), answer, "{request}");
            assert_eq!(allows(&request, CALL), call, "{request}");
        }
    }
}

#[test]
fn the_answer_has_the_form_that_either_api_asks_for() {
    let schema = json!({"type": "integer"});
    let chat = json!({
        "model": "m", "messages": [{"role": "user", "content": "Hi"}],
        "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}},
    });
    let responses = json!({
        "model": "m", "input": "Hi", "text": {"format": {"type": "json_schema", "name": "n", "schema": schema}},
    });
    for request in [chat, responses] {
        assert!(allows(&request, "<|channel|>final<|message|>7<|return|>"));
        assert!(!allows(&request, ANSWER));
    }
}

#[test]
fn a_free_request_has_the_grammar_of_the_format() {
    let request = json!({"model": "m", "input": "Hi"});
    assert!(allows(&request, ANSWER));
    assert!(!allows(&request, CALL));
    assert!(!allows(
        &request,
        "<|channel|>final final<|message|>Sunny.<|return|>"
    ));
}

#[test]
fn what_is_wrong_is_reported() {
    let no_json = refusal(b"{");
    assert!(matches!(no_json, RequestGrammarError::Request(_)));
    let RequestGrammarError::Request(no_input) = refusal(br#"{"model": "m"}"#) else {
        panic!("a request without input");
    };
    assert_eq!(no_input.param.as_deref(), Some("input"));
    let schema = json!({"$ref": "#/nowhere"});
    let body = json!({
        "model": "m", "input": "Hi", "text": {"format": {"type": "json_schema", "name": "n", "schema": schema}},
    });
    let error = refusal(body.to_string().as_bytes());
    let RequestGrammarError::Grammar(GrammarError::Schema { pointer, .. }) = error else {
        panic!("{error:?}");
    };
    assert_eq!(pointer, "/$ref");
}
