//! The public methods that parse.

use super::{HarmonyEncoding, ParseOptions, Parsed, StreamableParser};
use crate::chat::{Message, Role};
use crate::error::Result;

/// Parsing.
impl HarmonyEncoding {
    /// Parses a completion to messages, strictly: as release 0.0.8 does.
    ///
    /// `role` is the role that the prompt ended in; without it the tokens must begin with `<|start|>`.
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
        let mut parser = StreamableParser::new_with_options(self.clone(), role, options)?;
        for token in tokens {
            parser.process(token)?;
        }
        parser.process_eos()?;
        Ok(parser.into_messages())
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
        for token in tokens {
            parser.process(*token)?;
        }
        parser.process_eos()?;
        Ok(parser.parsed())
    }

    /// The role whose name the tokens spell.
    pub(crate) fn role_of(&self, tokens: &[u32]) -> Option<Role> {
        let text = self.tokenizer.decode_utf8(tokens).ok()?;
        Role::try_from(text.as_str()).ok()
    }
}
