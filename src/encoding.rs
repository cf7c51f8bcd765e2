//! The harmony encoding: conversations to tokens and tokens to messages.

mod header;
mod parse;
pub mod render;
mod repair;
mod segment;
pub mod special;

pub use header::{builtin_tool, plain_content_type, Header, BUILTIN_TOOLS};
pub use parse::{
    ChannelUsage, ContentDelta, Ending, EventSink, FinishReason, ParseOptions, Parsed,
    ParsedMessage, Ranges, Recipient, StreamEvent, StreamState, StreamableParser, TokenRanges,
};
pub use repair::{Repair, RepairKind};

use std::collections::HashSet;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::error::Result;
use crate::tokenizer::Tokenizer;
use special::FormattingToken;

/// The harmony encoding of a family of models: its tokenizer and its format.
///
/// It refers to tables that are part of the program, so cloning it is free, and any number of threads may share it.
#[derive(Clone)]
pub struct HarmonyEncoding {
    name: &'static str,
    /// Not loaded until it is asked for: text is parsed without a vocabulary.
    tokenizer: &'static Tokenizer,
}

/// How many tokens one message may have: half of the format's context of 2^20.
const MAX_MESSAGE_TOKENS: usize = 524_288;

impl HarmonyEncoding {
    /// The encoding of the gpt-oss models.
    pub(crate) fn gpt_oss() -> Self {
        Self {
            name: "HarmonyGptOss",
            tokenizer: Tokenizer::unloaded(),
        }
    }

    /// An encoding that was registered.
    pub(crate) fn registered(name: &'static str, tokenizer: &'static Tokenizer) -> Self {
        Self { name, tokenizer }
    }

    /// The name of the encoding, `"HarmonyGptOss"`.
    pub fn name(&self) -> &str {
        self.name
    }

    /// The name of the vocabulary, `"o200k_harmony"`.
    pub fn tokenizer_name(&self) -> &str {
        self.tokenizer.name()
    }

    /// How many tokens one message may have at most.
    pub fn max_message_tokens(&self) -> usize {
        MAX_MESSAGE_TOKENS
    }

    /// The tokenizer, for plain text.
    pub fn tokenizer(&self) -> &'static Tokenizer {
        self.tokenizer.loaded()
    }

    /// The ids that end a message: `<|end|>`, `<|return|>` and `<|call|>`.
    ///
    /// # Errors
    /// None today; the result is what callers of release 0.0.8 expect.
    pub fn stop_tokens(&self) -> Result<HashSet<u32>> {
        Ok(self.ids([
            FormattingToken::End,
            FormattingToken::Return,
            FormattingToken::Call,
        ]))
    }

    /// The ids that end the model's turn and so belong into the sampler's stop list: `<|return|>` and `<|call|>`.
    ///
    /// # Errors
    /// None today; the result is what callers of release 0.0.8 expect.
    pub fn stop_tokens_for_assistant_actions(&self) -> Result<HashSet<u32>> {
        Ok(self.ids([FormattingToken::Return, FormattingToken::Call]))
    }

    fn ids(&self, tokens: impl IntoIterator<Item = FormattingToken>) -> HashSet<u32> {
        let tokens = tokens.into_iter();
        tokens.map(|token| token.id_in(self.tokenizer)).collect()
    }
}

impl fmt::Debug for HarmonyEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HarmonyEncoding")
            .field("name", &self.name)
            .field("tokenizer_name", &self.tokenizer_name())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for HarmonyEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As in release 0.0.8, which logs may hold.
        write!(f, "Renderer({})", self.name)
    }
}

/// An encoding is written as its name; `registry` reads it.
impl Serialize for HarmonyEncoding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}
