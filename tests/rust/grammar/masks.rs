//! Masks of llguidance, with the Cargo feature of that name.

use openai_harmony::grammar::{MaskFactory, Masks, OutputGrammar, Tool, ToolChoice};
use serde::Deserialize;
use serde_json::json;

use super::request::{encode, Request};
use crate::cases;

const CHANNEL: u32 = 200_005;
const MESSAGE: u32 = 200_008;
const RETURN: u32 = 200_002;
/// The first row of the output layer that is no token of the models.
const FIRST_UNUSED: u32 = 200_019;
const ROWS: u32 = 201_088;

#[derive(Deserialize)]
struct Case {
    request: Request,
    text: String,
    allowed: bool,
    needs: Option<String>,
}

/// Whether every token is in the mask before it, and the output is whole after the last.
fn is_allowed(mut masks: Masks, tokens: &[u32]) -> bool {
    tokens.iter().all(|token| {
        let is_in_mask = !masks.is_complete() && masks.mask().unwrap().allows(*token);
        is_in_mask && masks.accept(*token).is_ok()
    }) && masks.is_complete()
}

#[test]
fn masks_allow_and_refuse_what_the_cases_say() {
    let factory = MaskFactory::new().unwrap();
    let mut judged = 0;
    for (name, case) in cases::read::<Case>("grammar") {
        // llguidance refuses escapes of characters that need none.
        if case.needs.as_deref() != Some("unicode_escapes") {
            let masks = factory
                .masks(&case.request.builder().build().unwrap())
                .unwrap();
            assert_eq!(
                is_allowed(masks, &encode(&case.text)),
                case.allowed,
                "{name}"
            );
            judged += 1;
        }
    }
    assert!(judged > 30, "{judged} cases");
}

#[test]
fn text_is_every_ordinary_token_and_its_end() {
    let factory = MaskFactory::new().unwrap();
    let mut masks = factory
        .masks(&OutputGrammar::builder().build().unwrap())
        .unwrap();
    for token in [CHANNEL, encode("final")[0], MESSAGE] {
        masks.accept(token).unwrap();
    }
    let mask = masks.mask().unwrap();
    for token in (0..ROWS).filter(|token| *token < 199_998 || *token == RETURN) {
        assert!(mask.allows(token), "{token}");
    }
    for token in (199_998..ROWS).filter(|token| *token != RETURN) {
        assert!(!mask.allows(token), "{token}");
    }
    assert!(!mask.allows(u32::MAX));
}

#[test]
fn unused_rows_are_in_no_json_string() {
    let parameters =
        json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let grammar = OutputGrammar::builder()
        .tool(Tool::function("f", Some(parameters)))
        .tool_choice(ToolChoice::Required)
        .build()
        .unwrap();
    let mut masks = MaskFactory::new().unwrap().masks(&grammar).unwrap();
    for token in encode("<|channel|>commentary to=functions.f json<|message|>{\"city\":\"Rome") {
        masks.accept(token).unwrap();
    }
    let mask = masks.mask().unwrap();
    assert!(mask.allows(encode("\"")[0]) && mask.allows(encode(" and")[0]));
    assert!((FIRST_UNUSED..ROWS).all(|token| !mask.allows(token)));
}

#[test]
fn a_token_that_is_not_allowed_is_an_error_for_good() {
    let factory = MaskFactory::new().unwrap();
    let mut masks = factory
        .masks(&OutputGrammar::builder().build().unwrap())
        .unwrap();
    assert!(masks.accept(RETURN).is_err());
    assert!(masks.mask().is_err());
    assert!(!masks.is_complete());
}
