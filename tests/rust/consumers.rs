//! What Rust programs written for release 0.0.8 keep from it: types in statics, errors through `?`, literals of structs.
//! Each test restates an idiom of the program that is named with it. The programs themselves were compiled against this
//! crate without a change, and pass their tests: `dynamo-parsers` 11.0.1 as a whole, of `mistralrs-core` 0.8.1 and `smg` 1.13.0
//! the modules that use harmony.

use std::sync::OnceLock;

use openai_harmony::chat::{Author, Content, Message, Role, TextContent};
use openai_harmony::{
    load_harmony_encoding, HarmonyEncoding, HarmonyEncodingName, HarmonyError, StreamableParser,
};

/// NVIDIA's `dynamo-parsers` stores the very result of loading, made on a thread of its own.
#[test]
fn the_result_of_loading_is_stored() {
    static ENCODING: OnceLock<Result<HarmonyEncoding, anyhow::Error>> = OnceLock::new();
    let encoding = ENCODING.get_or_init(|| {
        std::thread::spawn(|| load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss))
            .join()
            .unwrap_or_else(|_| Err(anyhow::anyhow!("harmony encoding loader thread panicked")))
    });
    let encoding = encoding.as_ref().unwrap();
    let mut parser = StreamableParser::new(encoding.clone(), Some(Role::Assistant)).unwrap();
    for token in encoding
        .tokenizer()
        .encode_with_special_tokens("<|channel|>final<|message|>4")
    {
        parser.process(token).unwrap();
    }
    assert_eq!(parser.current_channel().as_deref(), Some("final"));
    assert_eq!(
        parser.last_content_delta().unwrap_or_default().as_deref(),
        Some("4")
    );
    assert!(parser.state_json().unwrap().contains("Content"));
}

/// vLLM adds context to the result of loading and boxes the errors of the parser; `mistralrs-core` returns `anyhow::Error`.
#[test]
fn errors_pass_through_any_question_mark() {
    fn with_anyhow() -> anyhow::Result<Vec<u32>> {
        let encoding = load_harmony_encoding("HarmonyGptOss".parse()?)?;
        Ok(encoding.render_conversation(&[], None)?)
    }
    fn boxed() -> Result<Vec<u32>, Box<dyn std::error::Error + Send + Sync>> {
        let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
        Ok(encoding.render_conversation(&[], None)?)
    }
    fn ours() -> Result<Vec<u32>, HarmonyError> {
        let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
        encoding.render_conversation(&[], None)
    }
    assert!(with_anyhow().unwrap().is_empty());
    assert!(boxed().unwrap().is_empty());
    assert!(ours().unwrap().is_empty());
}

#[test]
fn an_error_keeps_its_code_inside_anyhow() {
    let original: HarmonyError = "Nonesuch"
        .parse::<HarmonyEncodingName>()
        .unwrap_err()
        .into();
    let returned = HarmonyError::from(anyhow::Error::from(original.clone()));
    assert_eq!(returned, original);
    assert_eq!(returned.code(), "load.unknown_encoding");

    let foreign = HarmonyError::from(anyhow::anyhow!("the disk is full").context("loading"));
    assert_eq!((foreign.code(), foreign.index()), ("other", None));
    assert_eq!(foreign.to_string(), "loading: the disk is full");
}

/// Release 0.0.8 declares this error type, and callers return it.
#[test]
fn a_role_is_read_from_a_word() {
    fn role(word: &str) -> Result<Role, &'static str> {
        Role::try_from(word)
    }
    assert_eq!(role("tool"), Ok(Role::Tool));
    assert!(role("robot").is_err());
}

/// The gateway `smg` builds messages as literals of the structs; others match contents exhaustively.
#[test]
fn messages_are_built_as_literals() {
    let message = Message {
        author: Author {
            role: Role::User,
            name: None,
        },
        recipient: None,
        content: vec![Content::Text(TextContent {
            text: "hi".to_owned(),
        })],
        channel: None,
        content_type: None,
    };
    let text = match &message.content[0] {
        Content::Text(TextContent { text }) => text,
        Content::SystemContent(_) | Content::DeveloperContent(_) => "",
    };
    assert_eq!(text, "hi");
}
