//! Tokens to messages, one at a time or many at once.

mod between;
mod in_content;
mod in_header;
mod open_header;
mod open_message;
mod piece;
mod text_input;
mod transitions;
mod view;

use serde::{Deserialize, Serialize};

use super::event::{Ending, StreamEvent};
use super::place::Ranges;
use super::repair::Repair;
use crate::chat::{Message, Role};
use crate::encoding::special::FormattingToken;
use crate::encoding::HarmonyEncoding;
use crate::error::Result;
use open_header::OpenHeader;
use open_message::OpenMessage;
use piece::Piece;
use text_input::HeldText;

/// How tokens are parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParseOptions {
    /// Whether what leaves the format is an error, as in release 0.0.8. Otherwise it is repaired: nothing is an error,
    /// and nothing is lost.
    pub strict: bool,
}

impl Default for ParseOptions {
    fn default() -> Self {
        Self { strict: true }
    }
}

/// An incremental parser: it takes tokens as they are sampled, and gives messages, deltas and events.
///
/// The cost of a token does not depend on how much came before. An error leaves the parser usable: it goes on at the
/// next `<|start|>`.
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
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamableParser {
    encoding: HarmonyEncoding,
    options: ParseOptions,
    /// The role that the prompt ended in, as it was given.
    prompted_role: Option<Role>,
    /// The role of the header that is open, while it is known before the header is complete.
    next_role: Option<Role>,
    state: State,
    tokens: Vec<u32>,
    /// How many tokens (or characters, where text is fed) were processed.
    position: usize,
    /// The index of the first message in `messages`; more than 0 once messages were taken.
    taken: usize,
    messages: Vec<Message>,
    /// For each message where it stands.
    places: Vec<Place>,
    repairs: Vec<Repair>,
    delta: LastDelta,
    held: HeldText,
}

/// What the parser is reading.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum State {
    Between,
    Header(OpenHeader),
    Content(OpenMessage),
}

/// Where a message stands.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Place {
    header: Ranges,
    content: Ranges,
    ending: Ending,
}

/// The text that the last token added.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
enum LastDelta {
    #[default]
    None,
    /// It is the open message's text from here on.
    Open(usize),
    /// The token that added it also ended the message.
    Closed(String),
}

/// The state of a parser, as release 0.0.8 names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StreamState {
    /// Between two messages.
    ExpectStart,
    /// In a header.
    Header,
    /// In the content of a message.
    Content,
}

impl StreamState {
    /// `"ExpectStart"`, `"Header"` or `"Content"`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExpectStart => "ExpectStart",
            Self::Header => "Header",
            Self::Content => "Content",
        }
    }
}

/// Beginnings and ends.
impl StreamableParser {
    /// A strict parser. `role` is the role that the prompt ended in, so that the stream begins inside its header.
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
        let state = match role {
            Some(_) => State::Header(OpenHeader::announced(0, false)),
            None => State::Between,
        };
        Ok(Self {
            encoding,
            options,
            prompted_role: role,
            next_role: role,
            state,
            tokens: Vec::new(),
            position: 0,
            taken: 0,
            messages: Vec::new(),
            places: Vec::new(),
            repairs: Vec::new(),
            delta: LastDelta::None,
            held: HeldText::default(),
        })
    }

    /// A parser for the completion of a prompt, whatever the prompt ends in: between messages, behind
    /// `<|start|>assistant`, or behind a header or text that was put into the model's mouth.
    ///
    /// Text of the prompt that the last message begins with is part of that message, but its tokens are not counted:
    /// positions begin with 0 at the first token that is processed.
    ///
    /// # Errors
    /// In strict mode, if the last header of the prompt is malformed.
    pub fn from_prompt(
        encoding: HarmonyEncoding,
        prompt: &[u32],
        options: ParseOptions,
    ) -> Result<Self> {
        let start = FormattingToken::Start.id();
        let last = prompt.iter().rposition(|token| *token == start);
        let tail = &prompt[last.unwrap_or(prompt.len())..];
        if let [_, role @ ..] = tail {
            if let Some(role) = encoding.role_of(role) {
                return Self::new_with_options(encoding, Some(role), options);
            }
        }
        let mut parser = Self::new_with_options(encoding, None, options)?;
        for token in tail {
            parser.advance(parser.piece(*token), 0, &mut ())?;
        }
        parser.delta = LastDelta::None;
        parser.report(&mut ());
        Ok(parser)
    }

    /// Begins anew, with the role and the options that the parser was made with.
    pub fn reset(&mut self) {
        let (encoding, options, role) = (self.encoding.clone(), self.options, self.prompted_role);
        if let Ok(fresh) = Self::new_with_options(encoding, role, options) {
            *self = fresh;
        }
    }

    /// How the parser was told to parse.
    pub fn options(&self) -> ParseOptions {
        self.options
    }
}

/// Processing.
impl StreamableParser {
    /// Processes one token.
    ///
    /// # Errors
    /// In strict mode, if the token does not fit. The parser then goes on at the next `<|start|>`.
    pub fn process(&mut self, token: u32) -> Result<&mut Self> {
        self.tokens.push(token);
        self.advance(self.piece(token), 1, &mut ())?;
        self.report(&mut ());
        Ok(self)
    }

    /// Processes any number of tokens and returns what happened.
    ///
    /// # Errors
    /// In strict mode, at the first token that does not fit; the tokens before it stay processed. Use
    /// [`process_many_into`](Self::process_many_into) to have their events.
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

    /// Processes any number of tokens and appends what happened to `events`, even if it ends in an error.
    ///
    /// # Errors
    /// As [`process_many`](Self::process_many).
    pub fn process_many_into(
        &mut self,
        tokens: &[u32],
        events: &mut Vec<StreamEvent>,
    ) -> Result<()> {
        self.tokens.reserve(tokens.len());
        for token in tokens {
            self.tokens.push(*token);
            let result = self.advance(self.piece(*token), 1, events);
            if result.is_err() {
                self.report(events);
                return result;
            }
        }
        self.report(events);
        Ok(())
    }

    /// Processes the end of the stream: ends an open message.
    ///
    /// # Errors
    /// In strict mode, inside a header.
    pub fn process_eos(&mut self) -> Result<&mut Self> {
        self.process_eos_into(&mut Vec::new())?;
        Ok(self)
    }

    /// Processes the end of the stream and appends what happened to `events`.
    ///
    /// # Errors
    /// In strict mode, inside a header.
    pub fn process_eos_into(&mut self, events: &mut Vec<StreamEvent>) -> Result<()> {
        self.release_held_text(events)?;
        self.end_of_stream(events)
    }
}

impl StreamableParser {
    fn piece(&self, token: u32) -> Piece<'static> {
        Piece::of_token(self.encoding.tokenizer(), token)
    }
}
