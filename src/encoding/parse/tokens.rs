//! Tokens to messages, one at a time or many at once.

use serde::{Deserialize, Serialize};

use super::event::StreamEvent;
use super::machine::{LastDelta, Machine, Piece, State};
use super::sink::EventSink;
use super::text::HeldText;
use crate::chat::Role;
use crate::encoding::special::FormattingToken;
use crate::encoding::HarmonyEncoding;
use crate::error::{ParseError, ParseErrorKind, Result};

/// How tokens are parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParseOptions {
    /// Whether a stream that leaves the format is an error, as in release 0.0.8. Otherwise it is repaired: nothing is an
    /// error, and nothing is lost.
    pub strict: bool,
}

impl Default for ParseOptions {
    fn default() -> Self {
        Self { strict: true }
    }
}

/// An incremental parser: it takes tokens as they are sampled, and gives messages, deltas and events.
///
/// The cost of a token does not depend on how many came before. After an error the parser stays usable: it continues
/// at the next `<|start|>`.
///
/// ```
/// use openai_harmony::{chat::Role, load_harmony_encoding, HarmonyEncodingName, StreamableParser};
///
/// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
/// let tokens = encoding
///     .tokenizer()
///     .encode_with_special_tokens("<|channel|>final<|message|>4.<|return|>");
///
/// let mut parser = StreamableParser::new(encoding, Some(Role::Assistant))?;
/// let mut text = String::new();
/// for token in tokens {
///     parser.process(token)?;
///     text.extend(parser.last_content_delta()?);
/// }
/// assert_eq!(text, "4.");
/// assert_eq!(parser.messages()[0].channel.as_deref(), Some("final"));
/// # Ok::<(), openai_harmony::HarmonyError>(())
/// ```
///
/// # Memory
/// A parser keeps its messages, tokens and repairs, so that they can be read at any time.
/// [`take_messages`](Self::take_messages) drops what belongs to complete messages.
///
/// # Serialization
/// The serialized form holds the whole state and the version of its layout. Deserializing checks it: a state that no
/// parser can be in is an error.
#[derive(Clone, Debug)]
pub struct StreamableParser {
    pub(super) encoding: HarmonyEncoding,
    /// The role that the prompt ended in, as it was given.
    pub(super) prompted_role: Option<Role>,
    pub(super) machine: Machine,
    pub(super) input: Input,
}

/// What the stream consists of; positions count its units.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Input {
    /// Neither has come yet.
    Nothing,
    /// Tokens, beginning with the one at the first position that is still on record.
    Tokens(Vec<u32>),
    /// Text, which counts characters.
    Text(HeldText),
}

/// Construction.
impl StreamableParser {
    /// A strict parser. `role` is the role that the prompt ended in, so that the stream starts inside its header.
    ///
    /// # Errors
    /// None today; the result is what callers of release 0.0.8 expect.
    pub fn new(encoding: HarmonyEncoding, role: Option<Role>) -> Result<Self> {
        Self::new_with_options(encoding, role, ParseOptions::default())
    }

    /// A strict or lenient parser.
    ///
    /// # Errors
    /// None today; the result is what callers of release 0.0.8 expect.
    pub fn new_with_options(
        encoding: HarmonyEncoding,
        role: Option<Role>,
        options: ParseOptions,
    ) -> Result<Self> {
        Ok(Self {
            encoding,
            prompted_role: role,
            machine: Machine::new(role, options),
            input: Input::Nothing,
        })
    }

    /// A parser for the completion of a prompt, whatever the prompt ends in: between messages, after
    /// `<|start|>assistant`, or after a header or text that was put into the model's mouth.
    ///
    /// Text of the prompt that the last message begins with is part of that message, but its tokens are not counted:
    /// position 0 is the first token that is processed.
    ///
    /// # Errors
    /// In strict mode, if the last header of the prompt is malformed.
    pub fn from_prompt(
        encoding: HarmonyEncoding,
        prompt: &[u32],
        options: ParseOptions,
    ) -> Result<Self> {
        let start = FormattingToken::Start.id_in(encoding.tokenizer());
        let last = prompt.iter().rposition(|token| *token == start);
        let tail = &prompt[last.unwrap_or(prompt.len())..];
        if let [_, role @ ..] = tail {
            if let Some(role) = encoding.role_of(role) {
                return Self::new_with_options(encoding, Some(role), options);
            }
        }
        let mut parser = Self::new_with_options(encoding, None, options)?;
        let tokenizer = parser.encoding.tokenizer();
        for token in tail {
            let piece = Piece::of_token(tokenizer, *token);
            let result = parser.machine.advance(piece, 0, &mut ());
            result.map_err(|error| naming_token(error, *token, start))?;
        }
        if let State::Between = parser.machine.state {
            // The prompt ends in a complete message, which is not one of the completion.
            parser.reset();
        }
        parser.machine.delta = LastDelta::None;
        parser.machine.report(&mut ());
        Ok(parser)
    }

    /// Starts again, with the role and the options that the parser was made with.
    pub fn reset(&mut self) {
        self.machine = Machine::new(self.prompted_role, self.machine.options);
        self.input = Input::Nothing;
    }

    /// The options that the parser was made with.
    pub fn options(&self) -> ParseOptions {
        self.machine.options
    }
}

/// Tokens.
impl StreamableParser {
    /// Processes one token.
    ///
    /// # Errors
    /// In strict mode, if the token does not fit. The parser then continues at the next `<|start|>`. In both modes, if
    /// the parser was given text.
    pub fn process(&mut self, token: u32) -> Result<&mut Self> {
        self.feed(&[token], &mut ())?;
        Ok(self)
    }

    /// Processes any number of tokens and returns what happened.
    ///
    /// # Errors
    /// In strict mode, at the first token that does not fit; the tokens before it stay processed. Use
    /// [`process_many_into`](Self::process_many_into) to have their events. In both modes, if the parser was given
    /// text.
    ///
    /// ```
    /// use openai_harmony::{chat::Role, load_harmony_encoding, StreamEvent, HarmonyEncodingName, StreamableParser};
    ///
    /// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
    /// let tokens = encoding
    ///     .tokenizer()
    ///     .encode_with_special_tokens("<|channel|>final<|message|>It is 4.");
    /// let mut parser = StreamableParser::new(encoding, Some(Role::Assistant))?;
    /// let events = parser.process_many(&tokens)?;
    /// assert!(matches!(&events[0], StreamEvent::MessageStarted { index: 0, header }
    ///     if header.channel.as_deref() == Some("final")));
    /// assert_eq!(events[1], StreamEvent::ContentDelta { index: 0, text: "It is 4.".into() });
    /// # Ok::<(), openai_harmony::HarmonyError>(())
    /// ```
    pub fn process_many(&mut self, tokens: &[u32]) -> Result<Vec<StreamEvent>> {
        let mut events = Vec::new();
        self.process_many_into(tokens, &mut events)?;
        Ok(events)
    }

    /// Processes any number of tokens and reports what happens to `sink`, up to an error: a `Vec` of
    /// [`StreamEvent`]s, or any other [`EventSink`].
    ///
    /// # Errors
    /// As [`process_many`](Self::process_many).
    pub fn process_many_into<S: EventSink>(&mut self, tokens: &[u32], sink: &mut S) -> Result<()> {
        self.feed(tokens, sink)
    }

    /// Processes the end of the stream: ends an open message.
    ///
    /// # Errors
    /// In strict mode, inside a header.
    pub fn process_eos(&mut self) -> Result<&mut Self> {
        self.process_eos_into(&mut ())?;
        Ok(self)
    }

    /// Processes the end of the stream and reports what happens to `sink`.
    ///
    /// # Errors
    /// In strict mode, inside a header.
    pub fn process_eos_into<S: EventSink>(&mut self, sink: &mut S) -> Result<()> {
        self.release_held_text(sink)?;
        Ok(self.machine.end_of_stream(sink)?)
    }

    /// Every token that is processed passes here.
    #[inline]
    fn feed<S: EventSink>(&mut self, tokens: &[u32], sink: &mut S) -> Result<()> {
        let tokenizer = self.encoding.tokenizer();
        let Some(history) = self.input.tokens_mut() else {
            return Err(self.mixed_input().into());
        };
        history.reserve(tokens.len());
        let mut result = Ok(());
        let mut rest = tokens;
        while let Some((&token, after)) = rest.split_first() {
            let run = self.machine.take_text(tokenizer, rest);
            if run > 0 {
                history.extend_from_slice(&rest[..run]);
                rest = &rest[run..];
                continue;
            }
            history.push(token);
            result = self
                .machine
                .advance(Piece::of_token(tokenizer, token), 1, sink);
            if result.is_err() {
                break;
            }
            rest = after;
        }
        self.machine.report(sink);
        result.map_err(|error| match history.last() {
            Some(token) => {
                let start = FormattingToken::Start.id_in(tokenizer);
                naming_token(error, *token, start).into()
            }
            None => error.into(),
        })
    }

    pub(super) fn mixed_input(&self) -> ParseError {
        ParseError {
            index: self.machine.position,
            kind: ParseErrorKind::MixedInput,
        }
    }
}

impl Input {
    /// The tokens so far; `None` if the input is text.
    #[inline]
    fn tokens_mut(&mut self) -> Option<&mut Vec<u32>> {
        if let Self::Nothing = self {
            *self = Self::Tokens(Vec::new());
        }
        match self {
            Self::Tokens(tokens) => Some(tokens),
            _ => None,
        }
    }

    /// The tokens so far; none if the input is text.
    pub fn tokens(&self) -> &[u32] {
        match self {
            Self::Tokens(tokens) => tokens,
            Self::Nothing | Self::Text(_) => &[],
        }
    }

    /// Drops the first `count` tokens.
    pub fn drop_first(&mut self, count: usize) {
        if let Self::Tokens(tokens) = self {
            tokens.drain(..count.min(tokens.len()));
            tokens.shrink_to(2 * tokens.len());
        }
    }
}

/// The error with the ids of the token and of `<|start|>`: the machine knows only texts.
fn naming_token(mut error: ParseError, token: u32, start: u32) -> ParseError {
    if let ParseErrorKind::UnexpectedText { .. } = error.kind {
        error.kind = ParseErrorKind::UnexpectedToken {
            token,
            expected: start,
        };
    }
    error
}
