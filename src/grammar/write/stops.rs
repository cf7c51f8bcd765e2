//! Stop tokens, which engines allow by themselves where an output is complete, and which so may not occur in the grammar.

use crate::encoding::special::FormattingToken::{
    self, Call, Channel, Constrain, End, Message, Start,
};
use crate::error::GrammarError;

/// The end-of-sequence tokens in the generation configuration of gpt-oss, and in its GGUF files.
const OF_THE_MODEL: [u32; 3] = [
    FormattingToken::Return.id(),
    FormattingToken::Call.id(),
    FormattingToken::EndOfText.id(),
];

pub(super) struct Stops(Vec<u32>);

impl Stops {
    /// # Errors
    /// [`GrammarError::ParallelStop`] if the engine would stop after the first of several calls, [`GrammarError::StopToken`] if it
    /// would stop inside a message.
    pub(super) fn new(stop_tokens: Option<&[u32]>, parallel: bool) -> Result<Self, GrammarError> {
        let stops = Self(stop_tokens.unwrap_or(&OF_THE_MODEL).to_vec());
        if parallel && stops.has(Call) {
            return Err(GrammarError::ParallelStop);
        }
        let inner = [Start, Channel, Constrain, Message, End];
        match inner.into_iter().find(|token| stops.has(*token)) {
            Some(token) => Err(GrammarError::StopToken(token.text())),
            None => Ok(stops),
        }
    }

    /// Whether the engine stops at the token.
    pub(super) fn has(&self, token: FormattingToken) -> bool {
        self.0.contains(&token.id())
    }
}
