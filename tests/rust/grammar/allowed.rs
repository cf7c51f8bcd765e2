//! The case files of `test-data/grammar`.

use openai_harmony::chat::Role;
use serde::Deserialize;

use super::request::{encode, Request};
use crate::cases;

#[derive(Deserialize)]
struct Case {
    request: Request,
    text: String,
    allowed: bool,
}

#[test]
fn check_allows_and_refuses_what_the_cases_say() {
    for (name, case) in cases::read::<Case>("grammar") {
        let grammar = case.request.builder().build().unwrap();
        let found = grammar.check(&encode(&case.text)).unwrap();
        assert_eq!(found.is_ok(), case.allowed, "{name}: {found:?}");
    }
}

#[test]
fn allowed_outputs_are_parsed_strictly() {
    let encoding = cases::encoding();
    for (name, case) in cases::read::<Case>("grammar") {
        if case.allowed {
            let tokens = encode(&case.text);
            let parsed =
                encoding.parse_messages_from_completion_tokens(tokens, Some(Role::Assistant));
            assert!(parsed.is_ok(), "{name}: {parsed:?}");
        }
    }
}
