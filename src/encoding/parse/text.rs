//! Text in place of tokens, for engines that return text with special tokens in it.

use serde::{Deserialize, Serialize};

use super::event::StreamEvent;
use super::machine::{Machine, Piece, State};
use super::sink::EventSink;
use super::tokens::{Input, StreamableParser};
use crate::error::{ParseError, Result};
use crate::tokenizer::Tokenizer;

/// The end of a chunk that may be the start of a special token.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct HeldText(String);

impl HeldText {
    /// Whether a chunk can leave it behind; what was read from a file may be anything.
    pub fn is_valid(&self, tokenizer: &Tokenizer) -> bool {
        self.0.is_empty() || tokenizer.may_begin_special(&self.0)
    }
}

/// Text.
impl StreamableParser {
    /// Processes text in which special tokens are written out, and returns what happened.
    ///
    /// The events are those of the same text as tokens. How it is cut into chunks does not matter: what may be the
    /// start of a special token at a chunk's end is held back. Positions count characters instead of tokens.
    ///
    /// # Errors
    /// In strict mode, at the first character or special token that does not fit. In both modes, if the parser was
    /// given tokens.
    ///
    /// ```
    /// use openai_harmony::{chat::Role, load_harmony_encoding, HarmonyEncodingName, StreamableParser};
    ///
    /// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
    /// let mut parser = StreamableParser::new(encoding, Some(Role::Assistant))?;
    /// for chunk in ["<|chan", "nel|>final<|mess", "age|>4.<|ret", "urn|>"] {
    ///     parser.process_text(chunk)?;
    /// }
    /// assert_eq!(parser.messages()[0].channel.as_deref(), Some("final"));
    /// # Ok::<(), openai_harmony::HarmonyError>(())
    /// ```
    pub fn process_text(&mut self, chunk: &str) -> Result<Vec<StreamEvent>> {
        let mut events = Vec::new();
        self.process_text_into(chunk, &mut events)?;
        Ok(events)
    }

    /// Processes text and reports what happens to `sink`, up to an error; the text after the error is not processed.
    ///
    /// # Errors
    /// As [`process_text`](Self::process_text).
    pub fn process_text_into<S: EventSink>(&mut self, chunk: &str, sink: &mut S) -> Result<()> {
        // Texts of special tokens are known without the vocabulary.
        let tokenizer = self.encoding.tokenizer;
        let Some(held) = self.input.held_mut() else {
            return Err(self.mixed_input().into());
        };
        let joined = std::mem::take(&mut held.0) + chunk;
        let mut rest = joined.as_str();
        let result = self.machine.feed_text(tokenizer, &mut rest, sink);
        if result.is_ok() {
            held.0.push_str(rest);
        }
        self.machine.report(sink);
        Ok(result?)
    }

    /// Processes what was held back, which turned out to be ordinary text.
    pub(super) fn release_held_text<S: EventSink>(&mut self, sink: &mut S) -> Result<()> {
        let Input::Text(held) = &mut self.input else {
            return Ok(());
        };
        let result = self
            .machine
            .feed_ordinary(&std::mem::take(&mut held.0), sink);
        self.machine.report(sink);
        Ok(result?)
    }
}

impl Input {
    /// What is held back; `None` if the input is tokens.
    fn held_mut(&mut self) -> Option<&mut HeldText> {
        if let Self::Nothing = self {
            *self = Self::Text(HeldText::default());
        }
        match self {
            Self::Text(held) => Some(held),
            _ => None,
        }
    }
}

impl Machine {
    /// Feeds all of `rest` but an unfinished special token at its end.
    fn feed_text<S: EventSink>(
        &mut self,
        tokenizer: &'static Tokenizer,
        rest: &mut &str,
        sink: &mut S,
    ) -> Result<(), ParseError> {
        while !rest.is_empty() {
            let opening = tokenizer.special_opening(rest).unwrap_or(rest.len());
            let (ordinary, tail) = rest.split_at(opening);
            *rest = tail;
            self.feed_ordinary(ordinary, sink)?;
            let Some(first) = rest.chars().next() else {
                return Ok(());
            };
            if let Some((text, id)) = tokenizer.starts_with_special(rest) {
                *rest = &rest[text.len()..];
                let piece = Piece::of_special(tokenizer, id, text);
                self.advance(piece, text.chars().count(), sink)?;
            } else if tokenizer.may_begin_special(rest) {
                return Ok(());
            } else {
                let (bracket, tail) = rest.split_at(first.len_utf8());
                *rest = tail;
                self.feed_ordinary(bracket, sink)?;
            }
        }
        Ok(())
    }

    /// Content goes in as a whole. Elsewhere text goes in by characters, so that its chunks do not decide what belongs
    /// to which repair.
    fn feed_ordinary<S: EventSink>(&mut self, text: &str, sink: &mut S) -> Result<(), ParseError> {
        let mut characters = text.char_indices();
        while !matches!(self.state, State::Content(_)) {
            let Some((at, character)) = characters.next() else {
                return Ok(());
            };
            let bytes = &text.as_bytes()[at..at + character.len_utf8()];
            self.advance(Piece::Bytes(bytes), 1, sink)?;
        }
        let rest = characters.as_str();
        if rest.is_empty() {
            return Ok(());
        }
        self.advance(Piece::Bytes(rest.as_bytes()), rest.chars().count(), sink)
    }
}
