//! Tokens to messages.
//!
//! Tokens or text go through one state machine, [`machine`], which reads headers with `header` and reports events to a
//! [`sink`]. Messages, places and repairs all come from there. `tokens` and `text` are its two inputs.

pub(crate) mod event;
mod machine;
pub(crate) mod parsed;
pub(crate) mod place;
pub(crate) mod recipient;
pub(crate) mod sink;
mod snapshot;
mod text;
mod tokens;
pub(crate) mod utf8;
mod view;

pub use event::{Ending, StreamEvent};
pub use parsed::{ChannelUsage, FinishReason, Parsed, ParsedMessage};
pub use place::Ranges;
pub use recipient::Recipient;
pub use sink::{ContentDelta, EventSink, TokenRanges};
pub use tokens::{ParseOptions, StreamableParser};
pub use view::StreamState;

use super::HarmonyEncoding;
use crate::chat::{Message, Role};
use crate::error::Result;

/// Parsing.
impl HarmonyEncoding {
    /// Parses a completion to messages, strictly: as release 0.0.8 does.
    ///
    /// `role` is the role that the prompt ended in; without it the tokens must start with `<|start|>`.
    ///
    /// # Errors
    /// A [`ParseError`](crate::error::ParseError) if the tokens leave the format.
    pub fn parse_messages_from_completion_tokens(
        &self,
        tokens: impl IntoIterator<Item = u32>,
        role: Option<Role>,
    ) -> Result<Vec<Message>> {
        self.parse_messages_from_completion_tokens_with_options(
            tokens,
            role,
            ParseOptions::default(),
        )
    }

    /// Parses a completion to messages, strictly or leniently.
    ///
    /// # Errors
    /// Only in strict mode: a [`ParseError`](crate::error::ParseError) if the tokens leave the format.
    pub fn parse_messages_from_completion_tokens_with_options(
        &self,
        tokens: impl IntoIterator<Item = u32>,
        role: Option<Role>,
        options: ParseOptions,
    ) -> Result<Vec<Message>> {
        let tokens: Vec<u32> = tokens.into_iter().collect();
        let parsed = self.parse(&tokens, role, options)?;
        Ok(parsed.into_messages())
    }

    /// Parses a completion to messages with their places, endings and repairs.
    ///
    /// # Errors
    /// Only in strict mode: a [`ParseError`](crate::error::ParseError) if the tokens leave the format.
    ///
    /// ```
    /// use openai_harmony::{chat::Role, load_harmony_encoding, HarmonyEncodingName, ParseOptions};
    ///
    /// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
    /// let tokens = encoding
    ///     .tokenizer()
    ///     .encode_with_special_tokens("<|channel|>final The answer is 4.<|return|>");
    /// let parsed = encoding.parse(&tokens, Some(Role::Assistant), ParseOptions { strict: false })?;
    /// assert_eq!(parsed.messages[0].message.channel.as_deref(), Some("final"));
    /// assert_eq!(parsed.repairs[0].kind.as_str(), "missing_message");
    /// # Ok::<(), openai_harmony::HarmonyError>(())
    /// ```
    pub fn parse(
        &self,
        tokens: &[u32],
        role: Option<Role>,
        options: ParseOptions,
    ) -> Result<Parsed> {
        let mut parser = StreamableParser::new_with_options(self.clone(), role, options)?;
        parser.process_many_into(tokens, &mut ())?;
        parser.process_eos()?;
        Ok(parser.into_parsed())
    }

    /// The role whose name the tokens spell.
    fn role_of(&self, tokens: &[u32]) -> Option<Role> {
        let text = self.tokenizer().decode_utf8(tokens).ok()?;
        Role::try_from(text.as_str()).ok()
    }
}
