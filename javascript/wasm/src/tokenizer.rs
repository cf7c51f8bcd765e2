//! Text and tokens.

use openai_harmony::tokenizer::{load_vocabulary, SpecialPolicy, SpecialTokens, Tokenizer};
use openai_harmony::HarmonyError;
use serde::Deserialize;

use crate::answer::{answer, Answer, Reply};
use crate::encoding;
use crate::failure::Failure;
use crate::handles::Handles;
use crate::memory::{read, take_bytes, with_ids, with_text};

thread_local! {
    static POLICIES: Handles<SpecialPolicy> = const { Handles::new() };
}

/// Loads the vocabulary from its seed.
#[no_mangle]
pub extern "C" fn vocabulary_load(seed: usize) -> *const Answer {
    let loaded = load_vocabulary(take_bytes(seed));
    answer(loaded.map_err(|error| Failure::new("load.wrong_vocabulary", error)))
}

/// `"all"` or the texts of special tokens.
#[derive(Deserialize)]
#[serde(untagged)]
enum Tokens {
    Word(Word),
    Texts(Vec<String>),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    All,
}

impl From<Tokens> for SpecialTokens {
    fn from(tokens: Tokens) -> Self {
        match tokens {
            Tokens::Word(Word::All) => Self::All,
            Tokens::Texts(texts) => texts.iter().collect(),
        }
    }
}

#[derive(Deserialize)]
struct Policy {
    allowed: Tokens,
    disallowed: Tokens,
}

/// What becomes of the text of special tokens: `{"allowed", "disallowed"}`.
#[no_mangle]
pub extern "C" fn policy_new(policy: usize) -> *const Answer {
    answer(read(policy).map(
        |Policy {
             allowed,
             disallowed,
         }| {
            let policy = SpecialPolicy::new(allowed.into(), disallowed.into());
            POLICIES.with(|policies| policies.keep(policy))
        },
    ))
}

#[no_mangle]
pub extern "C" fn policy_free(handle: u32) {
    POLICIES.with(|policies| policies.free(handle));
}

fn encoded<R: Into<Reply>>(
    text: usize,
    policy: u32,
    work: impl FnOnce(&Tokenizer, &str, &SpecialPolicy) -> Result<R, HarmonyError>,
) -> *const Answer {
    answer(POLICIES.with(|policies| {
        policies.with(policy, |policy| {
            let encoding = encoding()?;
            with_text(text, |text| {
                work(encoding.tokenizer(), text, policy).map_err(Failure::from)
            })
        })
    }))
}

#[no_mangle]
pub extern "C" fn encode(text: usize, policy: u32) -> *const Answer {
    encoded(text, policy, |tokenizer, text, policy| {
        Ok(tokenizer.encode_with(text, policy)?)
    })
}

#[no_mangle]
pub extern "C" fn count_tokens(text: usize, policy: u32) -> *const Answer {
    encoded(text, policy, |tokenizer, text, policy| {
        Ok(tokenizer.count_with(text, policy)?)
    })
}

#[no_mangle]
pub extern "C" fn decode_bytes(ids: usize) -> *const Answer {
    answer(with_ids(ids, |tokens| {
        let bytes = encoding()?.tokenizer().decode_bytes(tokens);
        Ok(bytes.map_err(HarmonyError::from)?)
    }))
}

#[no_mangle]
pub extern "C" fn decode_utf8(ids: usize) -> *const Answer {
    answer(with_ids(ids, |tokens| {
        let text = encoding()?.tokenizer().decode_utf8(tokens);
        Ok(text.map_err(HarmonyError::from)?)
    }))
}

/// The texts of all special tokens, by id.
#[no_mangle]
pub extern "C" fn special_tokens() -> *const Answer {
    answer(encoding().and_then(|encoding| {
        let tokenizer = encoding.tokenizer();
        let ids = 0..Tokenizer::TOKEN_COUNT as u32;
        let ids = ids.filter(|id| tokenizer.is_special_token(*id));
        let texts: Vec<&str> = ids.filter_map(|id| tokenizer.special_text(id)).collect();
        Reply::json(&texts)
    }))
}

#[no_mangle]
pub extern "C" fn is_special_token(token: u32) -> *const Answer {
    answer(encoding().map(|encoding| encoding.tokenizer().is_special_token(token)))
}

/// The ids that end a message; with `actions`, only those that end the model's turn.
#[no_mangle]
pub extern "C" fn stop_tokens(actions: u32) -> *const Answer {
    answer(encoding().and_then(|encoding| {
        let ids = match actions {
            0 => encoding.stop_tokens()?,
            _ => encoding.stop_tokens_for_assistant_actions()?,
        };
        let mut ids: Vec<u32> = ids.into_iter().collect();
        ids.sort_unstable();
        Ok(ids)
    }))
}
