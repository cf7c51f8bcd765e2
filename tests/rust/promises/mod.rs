//! What holds for every input. Each promise takes bytes and panics if they break it.
//!
//! The fuzz targets feed them with what the fuzzer thinks up, `tests/rust/fuzz_corpus.rs` with the inputs in `fuzz/corpus`.

#![allow(dead_code)] // each program uses its own part

pub mod answers;
pub mod input;
pub mod parsing;
pub mod restored;

use openai_harmony::chat::{DeveloperContent, Message, Role, ToolDescription};
use openai_harmony::render::{PromptStyle, RenderFormat, RenderSpec};
use openai_harmony::{
    load_harmony_encoding, FormattingToken, HarmonyEncoding, HarmonyEncodingName, ParseOptions,
};

use input::Input;
use parsing::{assert_covered, batches, joined, messages_of, parser, text_of};

pub const STRICT: ParseOptions = ParseOptions { strict: true };
pub const LENIENT: ParseOptions = ParseOptions { strict: false };

pub fn encoding() -> HarmonyEncoding {
    load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss).expect("it is embedded")
}

/// Lenient parsing never fails, loses no token, does not depend on how a stream is cut, and its deltas are the text.
/// Strict parsing may fail, but loses no token either.
pub fn lenient(data: &[u8]) {
    let mut input = Input::new(data);
    let (role, size) = (input.role(), input.size());
    let tokens = input.tokens();

    let mut whole = parser(role, LENIENT);
    let events = batches(&mut whole, &tokens, &[tokens.len().max(1)]);
    assert_covered(&whole.parsed());
    assert_eq!(whole.tokens(), tokens);

    let mut cut = parser(role, LENIENT);
    let cut_events = batches(&mut cut, &tokens, &[size]);
    assert_eq!(whole.parsed(), cut.parsed());
    assert_eq!(joined(&events), joined(&cut_events));
    let reported: Vec<String> = messages_of(&events)
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    assert_eq!(
        reported,
        whole.messages().iter().map(text_of).collect::<Vec<_>>()
    );

    for options in [LENIENT, STRICT] {
        let mut parser = parser(role, options);
        let mut deltas = String::new();
        for token in tokens.iter().map(Some).chain([None]) {
            let result = match token {
                Some(token) => parser.process(*token),
                None => parser.process_eos(),
            };
            assert!(options.strict || result.is_ok());
            deltas.extend(parser.last_delta());
        }
        assert_eq!(
            deltas,
            parser.messages().iter().map(text_of).collect::<String>()
        );
        assert_covered(&parser.parsed());
    }
}

/// Text gives the same events however it is cut, its places count characters, and its messages are those of its
/// tokens.
pub fn text(data: &[u8]) {
    let mut input = Input::new(data);
    let (role, size) = (input.role(), input.size());
    let text = input.text();

    let mut whole = parser(role, LENIENT);
    let mut events = whole.process_text(&text).expect("lenient");
    whole.process_eos_into(&mut events).expect("lenient");
    assert_covered(&whole.parsed());
    assert_eq!(whole.parsed().length, text.chars().count());

    let mut cut = parser(role, LENIENT);
    let mut cut_events = Vec::new();
    let characters: Vec<char> = text.chars().collect();
    for chunk in characters.chunks(size) {
        let chunk: String = chunk.iter().collect();
        cut.process_text_into(&chunk, &mut cut_events)
            .expect("lenient");
    }
    cut.process_eos_into(&mut cut_events).expect("lenient");
    assert_eq!(whole.parsed(), cut.parsed());
    assert_eq!(joined(&events), joined(&cut_events));

    let tokens = encoding().tokenizer().encode_with_special_tokens(&text);
    let by_tokens = encoding().parse(&tokens, role, LENIENT).expect("lenient");
    assert_eq!(whole.messages(), by_tokens.into_messages());
}

/// Tokens decode to the text that they came from, and are those of the reference; special tokens' texts are only text.
pub fn tokenizer(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let encoding = encoding();
    let tokens = encoding.tokenizer().encode_ordinary(&text);
    assert_eq!(
        encoding
            .tokenizer()
            .decode_utf8(&tokens)
            .expect("whole characters"),
        text
    );
    assert_eq!(
        tokens,
        tiktoken_rs::o200k_base_singleton().encode_ordinary(&text)
    );

    let with_special = encoding.tokenizer().encode_with_special_tokens(&text);
    let bytes = encoding
        .tokenizer()
        .decode_bytes(&with_special)
        .expect("known tokens");
    assert_eq!(bytes, text.as_bytes());
}

/// Whatever the parameters of a tool are, rendering gives tokens or an error, and no control token comes from it.
pub fn schema(data: &[u8]) {
    let Ok(parameters) = serde_json::from_slice(data) else {
        return;
    };
    let tool = ToolDescription::new("tool", "A tool.", Some(parameters));
    let content = DeveloperContent::new().with_function_tools(vec![tool]);
    let message = Message::from_role_and_content(Role::Developer, content);
    for prompts in [
        PromptStyle::Compatible,
        PromptStyle::Faithful,
        PromptStyle::ChatTemplate,
    ] {
        let format = RenderFormat::default().with_prompts(prompts);
        let spec = RenderSpec::new().with_format(format);
        let Ok(rendered) = encoding().render_with([&message], &spec) else {
            continue;
        };
        let control = rendered
            .tokens
            .iter()
            .filter(|token| encoding().tokenizer().is_special_token(**token));
        let [start, message, end] = [
            FormattingToken::Start,
            FormattingToken::Message,
            FormattingToken::End,
        ];
        assert_eq!(
            control.copied().collect::<Vec<u32>>(),
            [start.id(), message.id(), end.id()]
        );
    }
}
