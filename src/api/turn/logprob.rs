//! Log-probabilities of sampled tokens, and where in the text they belong.

use std::collections::VecDeque;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// The log-probability of a sampled token, and of the tokens that might have come in its place.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct TokenLogprob {
    /// The id of the token.
    pub token: u32,
    /// The natural logarithm of its probability.
    pub logprob: f64,
    /// The most likely tokens at this place with their log-probabilities, the most likely first.
    #[serde(default)]
    pub top: Vec<(u32, f64)>,
}

/// What OpenAI reports for a token that can hardly be sampled; JSON has no infinity.
const UNLIKELY: f64 = -9999.0;

impl TokenLogprob {
    /// The same in numbers that JSON has.
    pub(super) fn finite(&self) -> Self {
        let finite = |logprob: f64| {
            if logprob.is_finite() {
                logprob.max(UNLIKELY)
            } else {
                UNLIKELY
            }
        };
        Self {
            token: self.token,
            logprob: finite(self.logprob),
            top: self
                .top
                .iter()
                .map(|(token, logprob)| (*token, finite(*logprob)))
                .collect(),
        }
    }
}

/// The log-probabilities of the tokens whose place in the answer is not known yet: those of a header that is open, of
/// half a character, and of text that is held back.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub(super) struct Waiting {
    /// By the position of the token in the stream.
    tokens: VecDeque<(usize, TokenLogprob)>,
    /// By where the text of the token ends in the message, in bytes.
    text: VecDeque<(usize, TokenLogprob)>,
}

impl Waiting {
    pub fn push(&mut self, position: usize, entry: TokenLogprob) {
        self.tokens.push_back((position, entry));
    }

    /// The tokens at these positions make text that ends at `end`. Tokens before them belong to no text.
    pub fn place(&mut self, positions: Range<usize>, end: usize) {
        let placed = self
            .tokens
            .partition_point(|(position, _)| *position < positions.end);
        let in_text = self
            .tokens
            .drain(..placed)
            .filter(|(position, _)| *position >= positions.start);
        self.text.extend(in_text.map(|(_, entry)| (end, entry)));
    }

    /// Appends the entries of the text up to `end`.
    pub fn release(&mut self, end: usize, into: &mut Vec<TokenLogprob>) {
        let released = self.text.partition_point(|(at, _)| *at <= end);
        into.extend(self.text.drain(..released).map(|(_, entry)| entry));
    }

    /// Drops the entries of text that has none: arguments, thoughts, what follows a stop string.
    pub fn discard_text(&mut self) {
        self.text.clear();
    }
}
