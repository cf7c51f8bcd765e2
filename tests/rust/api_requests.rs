//! Requests of both APIs against the case files of `test-data/api-requests`.

use crate::cases;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::catch_unwind;

use crate::cases::encoding;
use openai_harmony::api::{
    BadRequest, ChatCompletions, Constraint, Host, Options, Responses, StoredResponse,
};
use openai_harmony::chat::{Content, Message, Role};
use openai_harmony::render::Transcript;
use openai_harmony::{ParseOptions, StreamState, StreamableParser};
use serde::Deserialize;
use serde_json::{json, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(default)]
    #[allow(dead_code)]
    about: Option<String>,
    /// The rules of `docs/api.md` that the case is about.
    #[serde(default)]
    rules: Vec<String>,
    api: Api,
    #[serde(default = "day")]
    date: String,
    #[serde(default)]
    options: Value,
    /// Requests and sampled texts before this one; each continues the one before.
    #[serde(default)]
    before: Vec<Sampled>,
    request: Value,
    expected: Expected,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Api {
    Chat,
    Responses,
}

/// A request that was answered: its response is stored under `id`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sampled {
    id: String,
    /// The day of the request, if it is not that of the case.
    date: Option<String>,
    request: Value,
    sampled: String,
    output: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    messages: Option<Vec<ExpectedMessage>>,
    text: Option<String>,
    start_ids: Option<usize>,
    error: Option<Value>,
    constraint: Option<Value>,
    ignored: Option<Vec<String>>,
    sampling: Option<Value>,
    max_tokens: Option<usize>,
    /// Whether the prompt begins with the stored tokens.
    continues: Option<bool>,
    /// Members of the plan.
    plan: Option<Value>,
    /// Members of the response that repeat the request.
    echo: Option<Value>,
}

/// A message as it is read back from the prompt. A text that is left out is not compared.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct ExpectedMessage {
    author: String,
    channel: Option<String>,
    recipient: Option<String>,
    content_type: Option<String>,
    text: Option<String>,
}

fn day() -> String {
    "2025-06-28".to_owned()
}

/// A fixed clock.
#[derive(Default)]
struct Fixed {
    /// Days before that of the cases.
    ago: u32,
}

impl Host for Fixed {
    fn now(&self) -> f64 {
        1_751_068_800.0 - 86_400.0 * f64::from(self.ago) // 2025-06-28
    }

    fn id(&mut self, prefix: &str) -> String {
        prefix.to_owned()
    }
}

/// What the tests look at in a job of either API.
struct Prepared {
    tokens: Vec<u32>,
    transcript: Transcript,
    constraint: Option<Constraint>,
    ignored: Vec<String>,
    sampling: Value,
    max_tokens: Option<usize>,
    plan: Value,
    echo: Value,
    items: Vec<Value>,
}

#[test]
fn every_case_gives_its_prompt_or_its_error() {
    let cases = cases::read::<Case>("api-requests");
    let failed: Vec<&String> = cases
        .iter()
        .filter(|(name, case)| catch_unwind(|| check(name, case)).is_err())
        .map(|(name, _)| name)
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

fn check(name: &str, case: &Case) {
    assert_eq!(case.date, day(), "{name}: the clock of the tests");
    let mut store = BTreeMap::new();
    for sampled in &case.before {
        answer(name, case, sampled, &mut store);
    }
    let found = prepare(case, &case.request, &store, &Fixed::default());
    match (found, &case.expected.error) {
        (Err(found), Some(expected)) => assert_error(name, &found, expected),
        (Ok(found), None) => assert_prompt(name, &case.expected, &found, &store),
        (Err(found), None) => panic!("{name}: {}", found.body()),
        (Ok(_), Some(expected)) => panic!("{name}: no error, but expected {expected}"),
    }
}

/// The rules on requests; those on answers have their tests beside the streams.
#[test]
fn every_rule_has_a_case() {
    let rules = [
        "B14", "B15", "B16", "B17", "B18", "B22", "B23", "B24", "B25", "B26", "B27", "B28",
    ];
    let named: BTreeSet<String> = cases::read::<Case>("api-requests")
        .into_iter()
        .flat_map(|(_, case)| case.rules)
        .collect();
    for rule in rules {
        assert!(named.contains(rule), "no case names {rule}");
    }
}

/// Answers a request as a server does, and keeps the response.
fn answer(
    name: &str,
    case: &Case,
    sampled: &Sampled,
    store: &mut BTreeMap<String, StoredResponse>,
) {
    let ago = match sampled.date.as_deref() {
        None => 0,
        Some("2025-06-27") => 1,
        Some(date) => panic!("{name}: the clock of the tests does not know {date}"),
    };
    let job = prepare(case, &sampled.request, store, &Fixed { ago })
        .unwrap_or_else(|error| panic!("{name}: {}", error.body()));
    let tokens = encoding()
        .tokenizer()
        .encode_with_special_tokens(&sampled.sampled);
    let mut transcript = job.transcript;
    transcript.append_completion(&tokens).unwrap();
    let response = StoredResponse {
        id: sampled.id.clone(),
        input: job.items,
        output: sampled.output.clone(),
        transcript,
    };
    // A store holds JSON.
    let text = serde_json::to_string(&response).unwrap();
    store.insert(sampled.id.clone(), serde_json::from_str(&text).unwrap());
}

fn prepare(
    case: &Case,
    request: &Value,
    store: &BTreeMap<String, StoredResponse>,
    host: &Fixed,
) -> Result<Prepared, BadRequest> {
    let options: Options = match &case.options {
        Value::Null => Options::default(),
        given => serde_json::from_value(given.clone()).unwrap(),
    };
    let body = request.to_string();
    match case.api {
        Api::Chat => {
            let job = ChatCompletions::new(encoding(), options).prepare(body.as_bytes(), host)?;
            Ok(Prepared {
                tokens: job.tokens().to_vec(),
                transcript: job.transcript().clone(),
                constraint: job.constraint().cloned(),
                ignored: job.ignored().to_vec(),
                sampling: Value::Object(job.sampling().clone()),
                max_tokens: job.max_tokens(),
                plan: merged(json!(job.plan()), json!(job.answer_plan())),
                echo: Value::Null,
                items: Vec::new(),
            })
        }
        Api::Responses => {
            let job = Responses::new(encoding(), options).prepare(body.as_bytes(), host, store)?;
            Ok(Prepared {
                tokens: job.tokens().to_vec(),
                transcript: job.transcript().clone(),
                constraint: job.constraint().cloned(),
                ignored: job.ignored().to_vec(),
                sampling: Value::Object(job.sampling().clone()),
                max_tokens: job.max_tokens(),
                plan: merged(json!(job.plan()), json!(job.answer_plan())),
                echo: Value::Object(job.answer_plan().echo.clone()),
                items: job.answer_plan().items.clone(),
            })
        }
    }
}

fn merged(mut one: Value, other: Value) -> Value {
    if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}

fn assert_error(name: &str, found: &BadRequest, expected: &Value) {
    let body = found.body();
    assert_eq!(body["error"]["type"], "invalid_request_error", "{name}");
    assert_members(name, &body["error"], expected);
}

fn assert_members(name: &str, found: &Value, expected: &Value) {
    for (member, expected) in expected.as_object().unwrap() {
        assert_eq!(found[member], *expected, "{name}: {member} of {found}");
    }
}

fn assert_prompt(
    name: &str,
    expected: &Expected,
    found: &Prepared,
    store: &BTreeMap<String, StoredResponse>,
) {
    let text = encoding().tokenizer().decode_utf8(&found.tokens).unwrap();
    if let Some(expected) = &expected.text {
        assert_eq!(&text, expected, "{name}");
    }
    if let Some(expected) = expected.start_ids {
        let starts = found.tokens.iter().filter(|id| **id == 200_006).count();
        assert_eq!(starts, expected, "{name}");
    }
    if let Some(expected) = &expected.messages {
        assert_messages(name, &messages_of(&found.tokens), expected);
    }
    if let Some(expected) = &expected.constraint {
        assert_eq!(&json!(found.constraint), expected, "{name}");
    }
    if let Some(expected) = &expected.ignored {
        assert_eq!(&found.ignored, expected, "{name}");
    }
    if let Some(expected) = &expected.sampling {
        assert_eq!(&found.sampling, expected, "{name}");
    }
    if expected.max_tokens.is_some() {
        assert_eq!(found.max_tokens, expected.max_tokens, "{name}");
    }
    if let Some(expected) = expected.continues {
        let stored = store.values().last().unwrap().tokens();
        assert_eq!(found.tokens.starts_with(stored), expected, "{name}: {text}");
    }
    if let Some(expected) = &expected.plan {
        assert_members(name, &found.plan, expected);
    }
    if let Some(expected) = &expected.echo {
        assert_members(name, &found.echo, expected);
    }
}

/// The messages of a prompt, read back by the strict parser; the last one is the message that the prompt begins.
fn messages_of(tokens: &[u32]) -> Vec<Message> {
    let strict = ParseOptions { strict: true };
    let mut parser = StreamableParser::new_with_options(encoding(), None, strict).unwrap();
    for token in tokens {
        parser.process(*token).unwrap();
    }
    let mut messages = parser.messages().to_vec();
    if parser.state() == StreamState::Header {
        // `<|start|>assistant`, which is still open.
        messages.push(Message::from_role_and_content(Role::Assistant, ""));
    } else if let Some(role) = parser.current_role() {
        let content = parser.current_content().unwrap_or_default();
        let mut open = Message::from_role_and_content(role, content);
        open.channel = parser.current_channel();
        open.recipient = parser.current_recipient();
        open.content_type = parser.current_content_type();
        messages.push(open);
    }
    messages
}

fn assert_messages(name: &str, found: &[Message], expected: &[ExpectedMessage]) {
    assert_eq!(
        found.len(),
        expected.len(),
        "{name}: expected {expected:#?}, found {found:#?}"
    );
    for (found, expected) in found.iter().zip(expected) {
        let role = found.author.role.as_str();
        let author = found.author.name.as_deref().unwrap_or(role);
        assert_eq!(author, expected.author, "{name}");
        assert_eq!(found.channel, expected.channel, "{name}: {found:?}");
        assert_eq!(found.recipient, expected.recipient, "{name}: {found:?}");
        if expected.content_type.is_some() {
            assert_eq!(found.content_type, expected.content_type, "{name}");
        }
        if let Some(text) = &expected.text {
            assert_eq!(&text_of(found), text, "{name}");
        }
    }
}

fn text_of(message: &Message) -> String {
    let texts = message.content.iter().map(|content| match content {
        Content::Text(text) => text.text.as_str(),
        other => panic!("{other:?}"),
    });
    texts.collect()
}
