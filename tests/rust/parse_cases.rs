//! Parsing against the case files: `test-data/parse` is what release 0.0.8 does, property by property;
//! `test-data/recovery` is what models emit when they leave the format.

use crate::cases;
use crate::cases::encoding;
use openai_harmony::chat::{Author, Content, Message, Role, TextContent};
use openai_harmony::{ParseOptions, StreamableParser};
use serde::Deserialize;
use serde_json::Value;

const STRICT: ParseOptions = ParseOptions { strict: true };
const LENIENT: ParseOptions = ParseOptions { strict: false };

#[derive(Deserialize)]
struct ParseCase {
    tokens: Vec<u32>,
    role: Option<Role>,
    strict: Outcome,
    stream: Vec<Value>,
    stream_messages: Vec<Message>,
}

#[derive(Deserialize, Debug)]
#[serde(untagged)]
enum Outcome {
    Parsed { messages: Vec<Message> },
    Failed { error: Value },
}

#[test]
fn strict_parsing_gives_what_the_reference_gives() {
    for (name, case) in cases::read::<ParseCase>("parse") {
        let found = encoding().parse_messages_from_completion_tokens(case.tokens, case.role);
        match (case.strict, found) {
            (Outcome::Parsed { messages }, Ok(found)) => assert_eq!(found, messages, "{name}"),
            (Outcome::Failed { error }, Err(found)) => {
                assert_eq!(error["message"], found.to_string(), "{name}");
            }
            (expected, found) => panic!("{name}: expected {expected:?}, found {found:?}"),
        }
    }
}

#[test]
fn every_property_is_that_of_the_reference_after_every_token() {
    for (name, case) in cases::read::<ParseCase>("parse") {
        let mut parser = StreamableParser::new(encoding(), case.role).unwrap();
        let mut inputs = case.tokens.iter();
        assert_properties(&name, &case.stream[0], &parser, None);
        for expected in &case.stream[1..] {
            let result = match expected.get("eos") {
                Some(_) => parser.process_eos().map(drop),
                None => parser.process(*inputs.next().unwrap()).map(drop),
            };
            let error = result.err().map(|error| error.to_string());
            assert_properties(&name, expected, &parser, error);
        }
        assert_eq!(parser.messages(), case.stream_messages, "{name}");
    }
}

fn assert_properties(
    name: &str,
    expected: &Value,
    parser: &StreamableParser,
    error: Option<String>,
) {
    let found = serde_json::json!({
        "state": parser.state().as_str(),
        "role": parser.current_role(),
        "channel": parser.current_channel(),
        "recipient": parser.current_recipient(),
        "content_type": parser.current_content_type(),
        "delta": parser.last_content_delta().unwrap(),
        "content": parser.current_content().unwrap(),
    });
    for (property, value) in found.as_object().unwrap() {
        assert_eq!(
            &expected[property], value,
            "{name}: {property} in {expected}"
        );
    }
    let expected_error = expected.get("error").map(|error| error["message"].clone());
    assert_eq!(expected_error, error.map(Value::from), "{name}: {expected}");
}

#[test]
fn well_formed_streams_parse_leniently_as_strictly() {
    for (name, case) in cases::read::<ParseCase>("parse") {
        if let Outcome::Parsed { messages } = case.strict {
            let parsed = encoding().parse(&case.tokens, case.role, LENIENT).unwrap();
            assert_eq!(parsed.repairs, [], "{name}");
            assert_eq!(parsed.into_messages(), messages, "{name}");
        }
    }
}

#[derive(Deserialize)]
struct RecoveryCase {
    tokens: Vec<u32>,
    role: Option<Role>,
    lenient: Option<Vec<FlatMessage>>,
    strict: Option<Vec<FlatMessage>>,
    reference_strict: StrictReference,
}

/// A message with one text, as the recovery cases write it.
#[derive(Deserialize, Debug)]
struct FlatMessage {
    role: Role,
    name: Option<String>,
    channel: Option<String>,
    recipient: Option<String>,
    content_type: Option<String>,
    text: String,
}

#[derive(Deserialize, Debug)]
#[serde(untagged)]
enum StrictReference {
    Parsed(Vec<Message>),
    Failed { error: String },
}

impl From<FlatMessage> for Message {
    fn from(flat: FlatMessage) -> Self {
        Message {
            author: Author {
                role: flat.role,
                name: flat.name,
            },
            recipient: flat.recipient,
            content: vec![Content::Text(TextContent { text: flat.text })],
            channel: flat.channel,
            content_type: flat.content_type,
        }
    }
}

fn messages(flat: Vec<FlatMessage>) -> Vec<Message> {
    flat.into_iter().map(Message::from).collect()
}

#[test]
fn lenient_parsing_recovers_what_models_emit() {
    let mut failures = Vec::new();
    for (name, case) in cases::read::<RecoveryCase>("recovery") {
        let parsed = encoding().parse(&case.tokens, case.role, LENIENT).unwrap();
        let repairs = parsed.repairs.clone();
        let found = parsed.into_messages();
        match case.lenient.map(messages) {
            Some(expected) if expected != found => {
                failures.push(format!(
                    "{name}:\n expected {expected:?}\n found    {found:?}\n {repairs:?}"
                ));
            }
            _ => {}
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn strict_parsing_refuses_what_the_reference_refuses() {
    for (name, case) in cases::read::<RecoveryCase>("recovery") {
        let options = STRICT;
        let found = encoding()
            .parse(&case.tokens, case.role, options)
            .map(|p| p.into_messages());
        match (case.strict, case.reference_strict, found) {
            (Some(fixed), _, Ok(found)) => assert_eq!(found, messages(fixed), "{name}"),
            (None, StrictReference::Parsed(expected), Ok(found)) => {
                assert_eq!(found, expected, "{name}");
            }
            (None, StrictReference::Failed { error }, Err(found)) => {
                let found = found.to_string();
                assert!(
                    found.starts_with(&error),
                    "{name}: {found}, expected {error}"
                );
            }
            (fixed, expected, found) => {
                panic!("{name}: expected {fixed:?} or {expected:?}, found {found:?}")
            }
        }
    }
}
