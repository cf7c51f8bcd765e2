//! The promises of parsing, for every input: lenient parsing never fails, loses nothing, and does not depend on how a
//! stream is cut; the deltas are the text.

use crate::promises;
use std::ops::Range;

use crate::promises::input::WORDS;
use crate::promises::parsing::{assert_covered, batches, joined, messages_of, parser, text_of};
use crate::promises::{encoding, LENIENT, STRICT};
use openai_harmony::chat::{Message, Role};
use openai_harmony::{
    ContentDelta, Ending, EventSink, FormattingToken, ParseOptions, StreamableParser,
};
use proptest::prelude::*;

/// Streams near to the format: its special tokens and words in any order, with text, whitespace, broken characters and
/// ids that mean nothing between them.
fn streams() -> impl Strategy<Value = Vec<u32>> {
    let more = [
        "to",
        " =",
        "ANALYSIS",
        "<",
        "|",
        "<|end|",
        "x:y",
        "user:alice",
        ".",
        "é",
    ];
    let words = WORDS.into_iter().chain(more);
    let words: Vec<Vec<u32>> = words
        .map(|word| encoding().tokenizer().encode_ordinary(word))
        .collect();
    let part = prop_oneof![
        4 => prop::sample::select(words),
        4 => prop::sample::select(FormattingToken::ALL.to_vec()).prop_map(|token| vec![token.id()]),
        1 => (0u32..201_200).prop_map(|id| vec![id]),
        1 => prop::sample::select(vec![9552u32, 99, 222, 200_017, 200_018, u32::MAX, 199_998]).prop_map(|id| vec![id]),
    ];
    prop::collection::vec(part, 0..24).prop_map(|parts| parts.concat())
}

fn roles() -> impl Strategy<Value = Option<Role>> {
    prop::sample::select(vec![
        None,
        Some(Role::Assistant),
        Some(Role::User),
        Some(Role::Tool),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn lenient_parsing_never_fails_and_every_token_is_somewhere(tokens in streams(), role in roles()) {
        let parsed = encoding().parse(&tokens, role, LENIENT).unwrap();
        assert_covered(&parsed);
    }

    #[test]
    fn ids_out_of_the_blue_are_parsed_too(tokens in prop::collection::vec(any::<u32>(), 0..40), role in roles()) {
        let parsed = encoding().parse(&tokens, role, LENIENT).unwrap();
        assert_covered(&parsed);
    }

    #[test]
    fn chunking_does_not_matter(
        tokens in streams(),
        role in roles(),
        sizes in prop::collection::vec(1usize..6, 1..6),
    ) {
        let mut whole = parser(role, LENIENT);
        let mut cut = parser(role, LENIENT);
        let all = joined(&batches(&mut whole, &tokens, &[tokens.len().max(1)]));
        let some = joined(&batches(&mut cut, &tokens, &sizes));
        prop_assert_eq!(all, some);
        prop_assert_eq!(whole.parsed(), cut.parsed());
    }

    #[test]
    fn events_report_what_the_messages_say(tokens in streams(), role in roles()) {
        let mut parser = parser(role, LENIENT);
        let events = batches(&mut parser, &tokens, &[3]);
        let reported = messages_of(&events);
        prop_assert_eq!(reported.len(), parser.messages().len());
        for ((_, deltas), message) in reported.iter().zip(parser.messages()) {
            prop_assert_eq!(deltas, text_of(message));
        }
    }

    #[test]
    fn deltas_after_each_token_are_the_text(tokens in streams(), role in roles(), strict in any::<bool>()) {
        let mut parser = parser(role, ParseOptions { strict });
        let (mut deltas, mut contents) = (String::new(), String::new());
        let inputs = tokens.iter().map(Some).chain([None]);
        for token in inputs {
            let result = match token {
                Some(token) => parser.process(*token).map(drop),
                None => parser.process_eos().map(drop),
            };
            prop_assert!(strict || result.is_ok());
            deltas.extend(parser.last_content_delta().unwrap());
        }
        for message in parser.messages() {
            contents.push_str(text_of(message));
        }
        // A strict stream may end inside a message's header, but never inside its content.
        prop_assert_eq!(deltas, contents);
    }

    #[test]
    fn text_in_any_chunks_gives_the_same_events(
        tokens in streams(),
        role in roles(),
        sizes in prop::collection::vec(1usize..9, 1..6),
    ) {
        let text = String::from_utf8_lossy(
            &tokens
                .iter()
                .flat_map(|token| encoding().tokenizer().token_bytes(*token).unwrap_or_default())
                .copied()
                .collect::<Vec<u8>>(),
        )
        .into_owned();
        let mut whole = parser(role, LENIENT);
        let mut all = whole.process_text(&text).unwrap();
        whole.process_eos_into(&mut all).unwrap();

        let mut cut = parser(role, LENIENT);
        let mut some = Vec::new();
        let mut characters = text.chars().peekable();
        let mut sizes = sizes.iter().cycle();
        while characters.peek().is_some() {
            let chunk: String = characters.by_ref().take(*sizes.next().unwrap()).collect();
            cut.process_text_into(&chunk, &mut some).unwrap();
        }
        cut.process_eos_into(&mut some).unwrap();
        prop_assert_eq!(joined(&all), joined(&some));
        prop_assert_eq!(whole.parsed(), cut.parsed());
        assert_covered(&whole.parsed());
        prop_assert_eq!(whole.parsed().length, text.chars().count());
    }

    #[test]
    fn text_gives_the_messages_that_its_tokens_give(role in roles(), parts in streams()) {
        // Decoded and encoded again, so that text and tokens say the same.
        let tokenizer = encoding();
        let tokenizer = tokenizer.tokenizer();
        let known: Vec<u32> = parts.into_iter().filter(|t| tokenizer.token_bytes(*t).is_some()).collect();
        let text = String::from_utf8_lossy(&tokenizer.decode_bytes(&known).unwrap()).into_owned();
        let tokens = tokenizer.encode_with_special_tokens(&text);
        let mut by_text = parser(role, LENIENT);
        by_text.process_text(&text).unwrap();
        by_text.process_eos().unwrap();
        let by_tokens = encoding().parse(&tokens, role, LENIENT).unwrap();
        // A token such as ` .\n` is not only whitespace, so whitespace before a message may belong to its header or not; the
        // messages are the same.
        prop_assert_eq!(by_text.messages(), by_tokens.into_messages());
    }

    #[test]
    fn strict_parsing_stays_usable_after_an_error(tokens in streams(), role in roles()) {
        let mut parser = parser(role, STRICT);
        let mut failed = false;
        for token in &tokens {
            failed |= parser.process(*token).is_err();
        }
        failed |= parser.process_eos().is_err();
        assert_covered(&parser.parsed());
        prop_assert_eq!(parser.tokens(), tokens);
        if failed {
            parser.reset();
            prop_assert!(parser.messages().is_empty() && parser.tokens().is_empty());
        }
    }

    #[test]
    fn a_copy_and_a_stored_parser_go_on_alike(tokens in streams(), role in roles(), at in 0usize..24) {
        let (before, after) = tokens.split_at(at.min(tokens.len()));
        let mut original = parser(role, LENIENT);
        original.process_many(before).unwrap();
        let mut copy = original.clone();
        let stored = serde_json::to_string(&original).unwrap();
        let mut restored: StreamableParser = serde_json::from_str(&stored).unwrap();
        let events = original.process_many(after).unwrap();
        prop_assert_eq!(&copy.process_many(after).unwrap(), &events);
        prop_assert_eq!(&restored.process_many(after).unwrap(), &events);
        prop_assert_eq!(original.parsed(), restored.parsed());
    }
}

/// The fields of a header, without the `<|constrain|>` that a content type may begin with.
fn fields(message: &Message) -> impl Iterator<Item = &str> {
    let plain = message.content_type.as_deref();
    let plain = plain.map(|field| field.strip_prefix("<|constrain|>").unwrap_or(field));
    [
        message.author.name.as_deref(),
        message.recipient.as_deref(),
        message.channel.as_deref(),
        plain,
    ]
    .into_iter()
    .flatten()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_field_holds_special_text(tokens in streams(), role in roles(), strict in any::<bool>()) {
        let mut parser = parser(role, ParseOptions { strict });
        for token in &tokens {
            let _ = parser.process(*token);
        }
        for message in parser.messages() {
            for field in fields(message) {
                for special in FormattingToken::ALL {
                    prop_assert!(!field.contains(special.text()), "{:?}", message);
                }
            }
        }
    }
}

fn one(range: Range<usize>) -> Vec<Range<usize>> {
    std::iter::once(range).collect()
}

#[test]
fn places_are_those_of_the_tokens() {
    let tokens = encoding().tokenizer().encode_with_special_tokens(
        "<|channel|>analysis<|message|>t<|end|><|start|>assistant<|channel|>final<|message|>ok<|return|>",
    );
    let parsed = encoding()
        .parse(&tokens, Some(Role::Assistant), LENIENT)
        .unwrap();
    assert_eq!(parsed.repairs, []);
    assert_eq!(parsed.messages[0].header, one(0..3));
    assert_eq!(parsed.messages[0].content, one(3..5));
    assert_eq!(parsed.messages[1].header, one(5..10));
    assert_eq!(parsed.messages[1].content, one(10..12));
    assert_eq!(parsed.messages[1].ending, Some(Ending::Return));
}

/// Receives events and keeps, for each delta, the positions of its tokens.
#[derive(Default)]
struct Attribution {
    deltas: Vec<(String, Vec<usize>)>,
}

impl EventSink for Attribution {
    fn content(&mut self, delta: ContentDelta<'_>) {
        let tokens = delta.tokens.ranges().flatten().collect();
        self.deltas.push((delta.text.to_owned(), tokens));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn a_changed_state_is_refused_or_works(data in prop::collection::vec(any::<u8>(), 4..60)) {
        promises::restored::restored(&data);
    }
}

proptest! {
    #[test]
    fn every_content_token_belongs_to_one_delta(
        tokens in streams(),
        role in roles(),
        size in 1usize..6,
        strict in any::<bool>(),
    ) {
        let mut parser = parser(role, ParseOptions { strict });
        let mut found = Attribution::default();
        // One by one in strict mode, where an error ends a batch.
        for batch in tokens.chunks(if strict { 1 } else { size }) {
            let result = parser.process_many_into(batch, &mut found);
            prop_assert!(strict || result.is_ok());
        }
        let _ = parser.process_eos_into(&mut found);
        let parsed = parser.parsed();
        let expected: Vec<usize> = parsed
            .messages
            .iter()
            .flat_map(|message| {
                let content: Vec<usize> = message.content.iter().cloned().flatten().collect();
                let count = content.len() - usize::from(message.is_complete());
                content.into_iter().take(count)
            })
            .collect();
        let attributed: Vec<usize> = found.deltas.iter().flat_map(|(_, tokens)| tokens.clone()).collect();
        prop_assert_eq!(attributed, expected);
    }
}

#[test]
fn a_character_of_several_tokens_belongs_to_the_delta_that_completes_it() {
    let tokenizer = encoding();
    let mut tokens = tokenizer
        .tokenizer()
        .encode_with_special_tokens("<|message|>");
    let character = tokenizer.tokenizer().encode_ordinary("\u{1D11E}");
    assert!(character.len() > 1);
    tokens.extend(&character);
    let mut parser = parser(Some(Role::Assistant), LENIENT);
    let mut found = Attribution::default();
    for token in &tokens {
        parser
            .process_many_into(std::slice::from_ref(token), &mut found)
            .unwrap();
    }
    let all: Vec<usize> = (1..=character.len()).collect();
    assert_eq!(found.deltas, [("\u{1D11E}".to_owned(), all)]);
}

#[test]
fn tokens_and_text_do_not_mix() {
    let mut parser = parser(Some(Role::Assistant), LENIENT);
    parser
        .process_text("<|channel|>final<|message|>abc<|en")
        .unwrap();
    let error = parser.process(200_007).unwrap_err();
    assert_eq!(error.code(), "stream.mixed_input");
    // The error changed nothing: what was held back still comes.
    parser.process_eos().unwrap();
    assert_eq!(text_of(&parser.messages()[0]), "abc<|en");

    parser.reset();
    parser.process(200_008).unwrap();
    let error = parser.process_text("abc").unwrap_err();
    assert_eq!(error.code(), "stream.mixed_input");
    assert_eq!(parser.tokens(), [200_008]);
}

#[test]
fn a_missing_message_is_recorded_where_the_content_begins() {
    // `final` is the header, ` It` the first token of the content, `<|end|>` where the slip is noticed.
    let tokens = encoding()
        .tokenizer()
        .encode_with_special_tokens("<|channel|>final It is 4.<|end|>");
    let parsed = encoding()
        .parse(&tokens, Some(Role::Assistant), LENIENT)
        .unwrap();
    assert_eq!(parsed.repairs[0].kind.as_str(), "missing_message");
    assert_eq!(parsed.repairs[0].tokens, 2..2);
    assert_eq!(parsed.messages[0].content, one(2..tokens.len()));
}

#[test]
fn a_prompt_that_ends_in_a_complete_message_gives_no_message() {
    let prompt = encoding()
        .tokenizer()
        .encode_with_special_tokens("<|start|>user<|message|>Hi<|end|>");
    let parser = StreamableParser::from_prompt(encoding(), &prompt, LENIENT).unwrap();
    assert!(parser.messages().is_empty());
}
