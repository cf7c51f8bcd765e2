//! Log-probabilities as both APIs report them.

use serde::Serialize;

use super::turn::TokenLogprob;
use crate::tokenizer::Tokenizer;

/// The log-probability of one token of an answer's text, and of its alternatives.
#[derive(Serialize, Clone, Debug, PartialEq)]
pub struct ContentLogprob {
    /// The token as text; what is not whole characters is U+FFFD.
    pub token: String,
    /// The exact bytes of the token.
    pub bytes: Vec<u8>,
    /// The natural logarithm of its probability.
    pub logprob: f64,
    /// The most likely tokens at this place, as many as the request asks for.
    pub top_logprobs: Vec<TopLogprob>,
}

/// A token that is likely at some place.
#[derive(Serialize, Clone, Debug, PartialEq)]
pub struct TopLogprob {
    /// The token as text; what is not whole characters is U+FFFD.
    pub token: String,
    /// The exact bytes of the token.
    pub bytes: Vec<u8>,
    /// The natural logarithm of its probability.
    pub logprob: f64,
}

/// The entries of sampled tokens, each with at most `top` alternatives.
pub(super) fn content_logprobs(
    tokenizer: &Tokenizer,
    entries: &[TokenLogprob],
    top: u8,
) -> Vec<ContentLogprob> {
    entries
        .iter()
        .map(|entry| {
            let alternatives = entry.top.iter().take(usize::from(top));
            let TopLogprob {
                token,
                bytes,
                logprob,
            } = entry_of(tokenizer, entry.token, entry.logprob);
            ContentLogprob {
                token,
                bytes,
                logprob,
                top_logprobs: alternatives
                    .map(|(token, logprob)| entry_of(tokenizer, *token, *logprob))
                    .collect(),
            }
        })
        .collect()
}

fn entry_of(tokenizer: &Tokenizer, token: u32, logprob: f64) -> TopLogprob {
    let special = || tokenizer.special_text(token).map(str::as_bytes);
    let bytes = tokenizer
        .token_bytes(token)
        .or_else(special)
        .unwrap_or_default();
    TopLogprob {
        token: String::from_utf8_lossy(bytes).into_owned(),
        bytes: bytes.to_vec(),
        logprob,
    }
}
