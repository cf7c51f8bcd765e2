//! What parsing must not cost, whatever comes and however long it runs. Work and memory are counted, not timed.

use crate::promises;
use crate::promises::parsing::parser;
use crate::promises::{encoding, LENIENT, STRICT};
use openai_harmony::chat::Role;
use openai_harmony::{FormattingToken, StreamableParser};

/// A well-formed message, a stray stop token and stray whitespace, in 20 tokens or so.
fn turn() -> Vec<u32> {
    encoding().tokenizer().encode_with_special_tokens(
        "<|start|>assistant<|channel|>final<|message|>It is sunny<|reserved_200001|> in Lisbon.<|end|><|end|> \n",
    )
}

#[test]
fn a_parser_whose_messages_are_taken_does_not_grow() {
    let turn = turn();
    let mut parser = parser(None, LENIENT);
    let mut stored = Vec::new();
    for round in 0..1000 {
        parser.process_many_into(&turn, &mut ()).unwrap();
        assert_eq!(parser.take_messages().len(), 1);
        assert!(parser.tokens().is_empty() && parser.repairs().is_empty());
        if round % 500 == 0 {
            stored.push(serde_json::to_string(&parser).unwrap().len());
        }
    }
    // The stored form is everything that is kept; only the counts in it grow.
    assert!(
        stored.windows(2).all(|pair| pair[1] - pair[0] < 20),
        "{stored:?}"
    );
    assert_eq!(parser.parsed().length, 1000 * turn.len());
    assert_eq!(parser.parsed().start, 1000 * turn.len());
}

#[test]
fn taking_messages_keeps_what_is_open() {
    let tokens = encoding().tokenizer().encode_with_special_tokens(
        "<|start|>assistant<|message|>one<|end|><|start|>assistant<|channel|>final<|message|>two<|call|>",
    );
    let open = tokens.len() - 6;
    let mut parser = parser(None, LENIENT);
    parser.process_many(&tokens[..tokens.len() - 1]).unwrap();
    assert_eq!(parser.take_messages().len(), 1);
    assert_eq!(parser.tokens(), &tokens[open - 1..tokens.len() - 1]);
    assert_eq!(parser.open_tokens(), parser.tokens());
    assert_eq!(parser.tokens_at(0..tokens.len()), parser.tokens());
    parser.process_many(&tokens[tokens.len() - 1..]).unwrap();
    let parsed = parser.parsed();
    assert_eq!((parsed.start, parsed.length), (open - 1, tokens.len()));
    promises::parsing::assert_covered(&parsed);
}

#[test]
fn each_refused_token_is_recorded_once() {
    let mut parser = parser(None, STRICT);
    for _ in 0..10_000 {
        parser.process(FormattingToken::End.id()).unwrap_err();
    }
    assert_eq!(parser.repairs().len(), 10_000);
    assert!(parser.take_messages().is_empty() && parser.repairs().is_empty());
}

#[test]
fn a_stored_parser_is_checked() {
    let mut parser = parser(Some(Role::Assistant), LENIENT);
    parser
        .process_text("<|channel|>final<|message|>abc")
        .unwrap();
    let stored = serde_json::to_string(&parser).unwrap();
    assert!(serde_json::from_str::<StreamableParser>(&stored).is_ok());
    for (part, broken) in [
        ("\"delta\":{\"Open\":0}", "\"delta\":{\"Open\":999}"),
        ("\"length\":0", "\"length\":3"),
        ("\"length\":0", "\"length\":999"),
        ("\"version\":1", "\"version\":0"),
    ] {
        assert!(stored.contains(part), "{part} is not in {stored}");
        let error = serde_json::from_str::<StreamableParser>(&stored.replacen(part, broken, 1));
        assert!(error.is_err(), "{broken}");
    }
}
