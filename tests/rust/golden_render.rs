//! Rendering against the case files in `test-data/render`: what release 0.0.8 gives for the same conversations.

use crate::cases;
use crate::cases::encoding;
use openai_harmony::chat::{Conversation, Message, Role};
use openai_harmony::{HarmonyEncoding, HarmonyError, RenderConversationConfig, RenderOptions};
use serde::Deserialize;

/// One case file. Its field `messages` is what a Python program wrote, where a field of the system content that is
/// left out has a default; `to_dict` is what Python then passes on, with every field that is not `None`.
#[derive(Deserialize)]
struct Case {
    #[serde(rename = "to_dict")]
    messages: Vec<Message>,
    render_conversation_for_completion: Outcome,
    render_conversation_for_completion_keep_analysis: Outcome,
    render_conversation: Outcome,
    render_conversation_for_training: Outcome,
    render_each: Each,
}

#[derive(Deserialize, Debug)]
#[serde(untagged)]
enum Outcome {
    Rendered { tokens: Vec<u32>, text: String },
    Failed { error: Failure },
}

#[derive(Deserialize, Debug)]
#[serde(untagged)]
enum Each {
    Rendered(Vec<Vec<u32>>),
    Failed { error: Failure },
}

#[derive(Deserialize, Debug)]
struct Failure {
    message: String,
}

const DROP: Option<&RenderConversationConfig> = Some(&RenderConversationConfig {
    auto_drop_analysis: true,
});
const KEEP: Option<&RenderConversationConfig> = Some(&RenderConversationConfig {
    auto_drop_analysis: false,
});

#[test]
fn conversations_render_as_the_reference_renders_them() {
    let encoding = encoding();
    for (name, case) in cases::read::<Case>("render") {
        let messages = &case.messages;
        let expect = |what: &str, expected: &Outcome, found: Result<Vec<u32>, HarmonyError>| {
            assert_outcome(&format!("{name}, {what}"), expected, found, &encoding);
        };
        expect(
            "for completion",
            &case.render_conversation_for_completion,
            encoding.render_conversation_for_completion(messages, Role::Assistant, DROP),
        );
        expect(
            "for completion, analysis kept",
            &case.render_conversation_for_completion_keep_analysis,
            encoding.render_conversation_for_completion(messages, Role::Assistant, KEEP),
        );
        expect(
            "for completion, without a config",
            &case.render_conversation_for_completion_keep_analysis,
            encoding.render_conversation_for_completion(messages, Role::Assistant, None),
        );
        expect(
            "conversation",
            &case.render_conversation,
            encoding.render_conversation(messages, DROP),
        );
        expect(
            "for training",
            &case.render_conversation_for_training,
            encoding.render_conversation_for_training(messages, DROP),
        );
    }
}

#[test]
fn single_messages_render_as_the_reference_renders_them() {
    let encoding = encoding();
    for (name, case) in cases::read::<Case>("render") {
        let found: Result<Vec<_>, _> = case
            .messages
            .iter()
            .map(|message| encoding.render(message, Some(&RenderOptions::default())))
            .collect();
        match (&case.render_each, found) {
            (Each::Rendered(expected), Ok(found)) => assert_eq!(&found, expected, "{name}"),
            (Each::Failed { error }, Err(found)) => {
                assert_eq!(found.to_string(), error.message, "{name}");
            }
            (expected, found) => panic!("{name}: expected {expected:?}, found {found:?}"),
        }
    }
}

#[test]
fn into_appends_and_leaves_the_buffer_alone_on_failure() {
    let encoding = encoding();
    for (name, case) in cases::read::<Case>("render") {
        let mut buffer = vec![7];
        let result = encoding.render_conversation_for_completion_into(
            &case.messages,
            Role::Assistant,
            &mut buffer,
            DROP,
        );
        match (&case.render_conversation_for_completion, result) {
            (Outcome::Rendered { tokens, .. }, Ok(())) => {
                assert_eq!(buffer[0], 7, "{name}");
                assert_eq!(&buffer[1..], tokens, "{name}");
            }
            (Outcome::Failed { .. }, Err(_)) => assert_eq!(buffer, [7], "{name}"),
            (expected, found) => panic!("{name}: expected {expected:?}, found {found:?}"),
        }
    }
}

#[test]
fn errors_name_the_message() {
    let messages = [
        Message::from_role_and_content(Role::User, "hi"),
        Message::from_role_and_content(Role::Tool, "no name"),
    ];
    let error = encoding().render_conversation(&messages, None).unwrap_err();
    assert_eq!(error.index(), Some(1));
    assert_eq!(error.code(), "render.unnamed_tool");
}

#[test]
fn messages_survive_the_way_through_json() {
    for (name, case) in cases::read::<Case>("render") {
        let conversation = Conversation::from_messages(case.messages);
        let json = serde_json::to_string(&conversation).unwrap();
        let read: Conversation = serde_json::from_str(&json).unwrap();
        assert_eq!(read, conversation, "{name}");
    }
}

fn assert_outcome(
    what: &str,
    expected: &Outcome,
    found: Result<Vec<u32>, HarmonyError>,
    encoding: &HarmonyEncoding,
) {
    match (expected, found) {
        (Outcome::Rendered { tokens, text }, Ok(found)) => {
            let found_text = encoding.tokenizer().decode_utf8(&found).unwrap();
            assert_eq!(&found_text, text, "{what}");
            assert_eq!(&found, tokens, "{what}");
        }
        (Outcome::Failed { error }, Err(found)) => {
            assert_eq!(found.to_string(), error.message, "{what}");
        }
        (expected, found) => panic!("{what}: expected {expected:?}, found {found:?}"),
    }
}
