//! The tokenizer against recorded results of release 0.0.8 and against `tiktoken-rs`.

use std::{collections::HashSet, fmt::Write};

use openai_harmony::tokenizer::{DecodeError, Tokenizer};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tiktoken_rs::{o200k_harmony_singleton, CoreBPE};

fn ours() -> &'static Tokenizer {
    Tokenizer::o200k_harmony()
}

fn reference() -> &'static CoreBPE {
    o200k_harmony_singleton()
}

fn check(text: &str) {
    let wanted = reference().encode_ordinary(text);
    assert_eq!(ours().encode_ordinary(text), wanted, "{text:?}");
    assert_eq!(ours().count_ordinary(text), wanted.len(), "{text:?}");
}

mod recorded {
    use super::*;

    fn cases(json: &str) -> Vec<Value> {
        serde_json::from_str(json).unwrap()
    }

    fn tokens(case: &Value) -> Vec<u32> {
        let ids = case["tokens"].as_array().unwrap().iter();
        ids.map(|id| u32::try_from(id.as_u64().unwrap()).unwrap())
            .collect()
    }

    #[test]
    fn texts_have_their_tokens() {
        for case in cases(include_str!("../../test-data/tokenizer/encode.json")) {
            let text = case["text"].as_str().unwrap();
            assert_eq!(ours().encode_ordinary(text), tokens(&case), "{text:?}");
        }
    }

    #[test]
    fn tokens_have_their_text_or_error() {
        for case in cases(include_str!("../../test-data/tokenizer/decode.json")) {
            let tokens = tokens(&case);
            let got = match case["call"].as_str().unwrap() {
                "decode" => ours()
                    .decode_bytes(&tokens)
                    .map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
                _ => ours().decode_utf8(&tokens),
            };
            let wanted = match case["error"]["message"].as_str() {
                Some(message) => Err(message.to_owned()),
                None => Ok(case["text"].as_str().unwrap().to_owned()),
            };
            assert_eq!(got.map_err(|error| error.to_string()), wanted, "{tokens:?}");
        }
    }

    #[test]
    fn special_tokens_have_their_ids() {
        let special: serde_json::Map<String, Value> =
            serde_json::from_str(include_str!("../../test-data/tokenizer/special.json")).unwrap();
        let names: HashSet<&str> = special.keys().map(String::as_str).collect();
        assert_eq!(ours().special_tokens(), names);
        for (name, id) in &special {
            let id = id.as_u64().unwrap() as u32;
            assert_eq!(ours().special_id(name), Some(id));
            assert_eq!(ours().special_text(id), Some(name.as_str()));
            assert!(ours().is_special_token(id));
            assert_eq!(ours().encode_with_special_tokens(name), [id]);
        }
    }
}

/// The vocabulary file of which this is the digest has a line a token: base64, a space, the id.
#[test]
fn the_vocabulary_is_the_published_one() {
    let mut file = String::new();
    for id in 0..199_998 {
        writeln!(file, "{} {id}", base64(ours().token_bytes(id).unwrap())).unwrap();
    }
    let digest: String = Sha256::digest(&file)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        digest,
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
    );
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = (0..3).fold(0u32, |group, at| {
            group << 8 | u32::from(*chunk.get(at).unwrap_or(&0))
        });
        for digit in 0..4 {
            let digit_value = group >> (18 - 6 * digit) & 63;
            text.push(if digit <= chunk.len() {
                DIGITS[digit_value as usize] as char
            } else {
                '='
            });
        }
    }
    text
}

mod against_tiktoken {
    use super::*;
    use crate::texts::Random;

    fn characters() -> impl Iterator<Item = char> {
        '\0'..=char::MAX
    }

    /// Merged pieces are remembered by their length and both ends: what differs only in between must not be mixed up.
    #[test]
    fn long_pieces_of_the_same_length_and_ends_keep_their_own_tokens() {
        for len in [32, 33, 64, 100, 127, 128, 129] {
            let piece = |middle: char| {
                let middle = middle.to_string().repeat(len - 16);
                format!("qzxvkjwp{middle}pwjkvxzq")
            };
            for _ in 0..2 {
                ['q', 'x', 'j', 'q']
                    .into_iter()
                    .for_each(|middle| check(&piece(middle)));
                ['-', '=', '-', '#']
                    .into_iter()
                    .for_each(|rule| check(&rule.to_string().repeat(len)));
            }
        }
    }

    #[test]
    fn every_character_alone() {
        let mut text = String::new();
        for character in characters() {
            text.clear();
            text.push(character);
            check(&text);
        }
    }

    #[test]
    fn every_character_between_letters() {
        for character in characters() {
            check(&format!("a{character}b"));
        }
    }

    /// Contexts in which the pattern's alternatives compete for the character, several in one text to keep this short.
    #[test]
    fn every_character_in_context() {
        for c in characters().filter(|&c| {
            c < '\u{3400}'
                || c > '\u{D7FF}' && c < '\u{20000}'
                || c > '\u{E0000}' && c < '\u{E0200}'
        }) {
            check(&format!(
                " {c}A{c}a'{c} 's{c}  {c}\n{c} \n {c}!{c}1{c}12{c}{c}A\n/{c}{c}B"
            ));
        }
    }

    #[test]
    fn random_texts_of_mixed_scripts() {
        let mut random = Random(0x0DDB_1A5E_5BAD_5EED);
        let mut text = String::new();
        for _ in 0..100_000 {
            text.clear();
            for _ in 0..random.below(12) {
                random.add_run(&mut text);
            }
            check(&text);
        }
    }

    #[test]
    fn random_long_texts() {
        let mut random = Random(0x5EED);
        for _ in 0..2_000 {
            let mut text = String::new();
            while text.len() < 600 {
                random.add_run(&mut text);
            }
            check(&text);
        }
    }

    /// The reference takes quadratic time for these, so they are short here.
    #[test]
    fn hostile_texts() {
        let units = [
            "a",
            "A",
            "aA",
            "-",
            "=",
            " ",
            "\n",
            " \n",
            "\t",
            "\r\n",
            "👩‍👩‍👧‍👦",
            "\u{301}",
            "e\u{301}\u{323}",
            "中",
            "的一是",
            "ไทย",
            "हिन्दी",
            "ок",
            "/",
            "\n/",
            "!\n/",
            "'s",
            "x's",
            "'",
            "0",
            "٣",
            "\u{FFFD}",
            "\u{200D}",
            "ſ",
            "'ſ",
            "aı",
            "ǅ",
            "ab",
            "abc",
            "\u{A0}",
            "\u{3000}",
            " a",
            "  a",
            "_",
            "<|",
            "<|end|>",
            "🏳️‍🌈",
            "각",
            "ㄱ",
            "ß",
        ];
        for unit in units {
            for len in [
                1usize, 2, 3, 15, 16, 17, 63, 64, 65, 127, 128, 129, 257, 1500, 4000,
            ] {
                let text = unit.repeat(len.div_ceil(unit.len()));
                check(&text);
                check(&format!("{text}x"));
                check(&format!(" {text}\n"));
            }
        }
    }

    #[test]
    fn random_bytes_as_text() {
        let mut random = Random(7);
        for len in 0..600 {
            let bytes: Vec<u8> = (0..len).map(|_| random.next() as u8).collect();
            check(&String::from_utf8_lossy(&bytes));
            let letters: String = bytes
                .iter()
                .map(|byte| (b'a' + byte % 26) as char)
                .collect();
            check(&letters);
            let high: String = bytes
                .iter()
                .map(|&byte| char::from_u32(0x4E00 + u32::from(byte) * 77).unwrap())
                .collect();
            check(&high);
        }
    }

    /// What a thread has cached is passed on to the threads after it, in the middle of other text.
    #[test]
    fn threads_one_after_the_other() {
        let mut random = Random(11);
        for _ in 0..200 {
            let mut text = String::new();
            for _ in 0..40 {
                random.add_run(&mut text);
            }
            std::thread::spawn(move || check(&text)).join().unwrap();
        }
    }

    #[test]
    fn allowed_special_tokens() {
        let sets = [
            vec![],
            vec!["<|end|>"],
            vec!["<|start|>", "<|end|>", "<|reserved_200100|>"],
        ];
        let texts = [
            "",
            "<|end|>",
            "a<|end|>",
            "<|start|>user<|message|>hi there<|end|>",
            "<<|end|>|>",
            "<|end|><|end|> x",
            "<|<|end|>",
            "<|en",
            "it's<|end|>'s",
            "<|reserved_200100|><|reserved_0200100|><|reserved_200005|>",
            "é<|end|>  \n",
            "<|end|",
            "<|é|>",
            "<|\u{10FFFF}",
            "<|end|>我们在北京的酒店住了三天",
            "住了三天，服务非常好 <|end|>，个人认为要比山西大酒店好",
        ];
        for allowed in sets
            .iter()
            .map(|set| set.iter().copied().collect::<HashSet<&str>>())
        {
            for text in texts {
                let (tokens, last) = reference().encode(text, &allowed).unwrap();
                assert_eq!(
                    ours().encode(text, &allowed),
                    (tokens, last),
                    "{text:?} {allowed:?}"
                );
            }
        }
        for text in texts {
            let wanted = reference().encode_with_special_tokens(text);
            assert_eq!(ours().encode_with_special_tokens(text), wanted, "{text:?}");
        }
    }
}

#[test]
fn unknown_tokens_are_errors_with_their_index() {
    let error = ours().decode_bytes([99, 201_089]).unwrap_err();
    assert_eq!(
        error,
        DecodeError::InvalidToken {
            token: 201_089,
            index: 1
        }
    );
    assert_eq!(
        (error.code(), error.index()),
        ("decode.invalid_token", Some(1))
    );
    assert_eq!(ours().token_bytes(201_089), None);
    assert_eq!(ours().token_bytes(u32::MAX), None);
    // 64 is "a", 9552 a space and the first half of an emoji.
    let error = ours().decode_utf8([64, 64, 9552, 64]).unwrap_err();
    assert_eq!(
        (error.code(), error.index()),
        ("decode.invalid_utf8", Some(2))
    );
}

#[test]
fn special_token_texts_are_found_where_wanted() {
    let text = "x".repeat(200) + "<|<|end|><|start|>";
    assert_eq!(ours().find_special(&text, |_| true), Some((202, "<|end|>")));
    assert_eq!(
        ours().find_special(&text, |name| name == "<|start|>"),
        Some((209, "<|start|>"))
    );
    assert_eq!(ours().find_special(&text, |_| false), None);
    for at in 0..200 {
        let text = format!("{}<|end|>", "<".repeat(at));
        assert_eq!(ours().find_special(&text, |_| true), Some((at, "<|end|>")));
    }
    for name in [
        "<|reserved_+200000|>",
        "<|reserved_200005|>",
        "<|reserved_201089|>",
        "<|End|>",
        "<|end|",
        "",
        "<|reserved_|>",
    ] {
        assert_eq!(ours().special_id(name), None, "{name:?}");
    }
}
