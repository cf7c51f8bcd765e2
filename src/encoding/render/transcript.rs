//! A conversation that grows, token for token as a model saw and wrote it.

mod cache;
mod completion;
mod entry;
mod history;
mod state;
mod steps;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::context::offers_functions;
use super::format::RenderFormat;
use super::prompt::ResponseFormat;
use super::span::{SpanRecorder, Spans};
use super::spec::OpenMessage;
use crate::chat::{Message, Role};
use crate::encoding::special::FormattingToken;
use crate::encoding::HarmonyEncoding;
use crate::error::Result;
use cache::Cache;
use completion::read_completion;
use entry::Entry;
use history::History;

/// A conversation and its exact tokens.
///
/// Messages are appended as they come, completions as the ids that were sampled; both cost what they bring and not
/// what is there. Every prompt begins with the one before and what was sampled after it, so a server's prefix cache
/// stays valid. The exceptions are the changes that the format asks for, above all that the analysis of a turn is
/// left out once the turn has ended: [`stale_from`](Self::stale_from) then says where the tokens changed.
///
/// The same messages rendered whole, by [`render_with`](HarmonyEncoding::render_with) in the same format, give the
/// same tokens, as long as what was sampled is what the renderer would have written.
///
/// A clone shares messages and their tokens with the original, so a conversation can be forked at any point.
///
/// ```
/// use openai_harmony::chat::{Message, Role};
/// use openai_harmony::render::{AnalysisPolicy, RenderFormat, Transcript};
/// use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};
///
/// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
/// let format = RenderFormat::default().with_analysis(AnalysisPolicy::CompletedTurns);
/// let mut transcript = Transcript::new(encoding.clone(), format);
///
/// transcript.append(Message::from_role_and_content(Role::User, "2 + 2?"))?;
/// let prompt = transcript.prompt()?.to_vec();
/// # let sample = |_: Vec<u32>| encoding.tokenizer().encode_with_special_tokens("<|channel|>final<|message|>4<|return|>");
/// let sampled = sample(prompt);
/// let answers = transcript.append_completion(&sampled)?;
/// assert_eq!(answers, 1..2);
/// assert_eq!(transcript.message(1).unwrap().channel.as_deref(), Some("final"));
///
/// transcript.append(Message::from_role_and_content(Role::User, "And 3 + 3?"))?;
/// assert_eq!(
///     encoding.tokenizer().decode_utf8(transcript.prompt()?)?,
///     "<|start|>user<|message|>2 + 2?<|end|><|start|>assistant<|channel|>final<|message|>4<|end|>\
///      <|start|>user<|message|>And 3 + 3?<|end|><|start|>assistant",
/// );
/// assert_eq!(transcript.stale_from(), None);
/// # Ok::<(), openai_harmony::HarmonyError>(())
/// ```
#[derive(Clone)]
pub struct Transcript {
    encoding: HarmonyEncoding,
    format: RenderFormat,
    response_formats: Vec<ResponseFormat>,
    history: History,
    has_function_tools: bool,
    /// The message that the last prompt began.
    open: Option<OpenMessage>,
    cache: Cache,
    /// What [`stale_from`](Self::stale_from) says while a prompt is open.
    prompt_stale_from: Option<usize>,
}

impl Transcript {
    /// An empty transcript.
    pub fn new(encoding: HarmonyEncoding, format: RenderFormat) -> Self {
        Self::with_response_formats(encoding, format, Vec::new())
    }

    /// An empty transcript whose first message with developer content will hold the given response formats.
    pub fn with_response_formats(
        encoding: HarmonyEncoding,
        format: RenderFormat,
        response_formats: Vec<ResponseFormat>,
    ) -> Self {
        Self {
            encoding,
            format,
            response_formats,
            history: History::new(format.analysis),
            has_function_tools: false,
            open: None,
            cache: Cache::default(),
            prompt_stale_from: None,
        }
    }

    /// Appends a message that was not sampled here: of the user, of a tool, of an earlier conversation.
    ///
    /// # Errors
    /// As [`render_with`](HarmonyEncoding::render_with). The transcript is then as it was.
    pub fn append(&mut self, message: Message) -> Result<()> {
        self.extend([message])
    }

    /// Appends messages that were not sampled here.
    ///
    /// # Errors
    /// As [`append`](Self::append); none of the messages is then appended.
    pub fn extend(&mut self, messages: impl IntoIterator<Item = Message>) -> Result<()> {
        let messages: Vec<Message> = messages.into_iter().collect();
        if messages.is_empty() {
            return Ok(());
        }
        let has_function_tools = self.has_function_tools || messages.iter().any(offers_functions);
        let entries = self.render_all(messages, has_function_tools)?;
        let corrections = if has_function_tools == self.has_function_tools {
            Vec::new()
        } else {
            self.system_messages_with_function_tools()?
        };
        self.has_function_tools = has_function_tools;
        self.close_prompt();
        self.commit(self.cache, entries, corrections);
        Ok(())
    }

    /// The tokens so far and `<|start|>assistant`, for a model to complete.
    ///
    /// # Errors
    /// [`RenderError`] if there are response formats, but no message that can hold them.
    pub fn prompt(&mut self) -> Result<&[u32]> {
        self.prompt_with(OpenMessage::assistant())
    }

    /// The tokens so far and the given beginning of a message, for a model to complete.
    ///
    /// # Errors
    /// As [`prompt`](Self::prompt).
    pub fn prompt_with(&mut self, open: OpenMessage) -> Result<&[u32]> {
        if self.open.as_ref() != Some(&open) {
            self.close_prompt();
            self.open_prompt(open)?;
        }
        Ok(self.history.tokens_and_opening())
    }

    /// Appends what a model sampled after the last prompt: the ids exactly as they came, with or without the stop
    /// token. Returns the indices of the messages that they make; none if there is no message in them.
    ///
    /// The ids are read leniently, so that a slip of the model does not end the conversation. They stay as they are
    /// except for two things that a history must have: a trailing `<|return|>` becomes `<|end|>`, and a missing stop
    /// token is added. Without a prompt before it, the completion is one of [`prompt`](Self::prompt).
    ///
    /// # Errors
    /// As [`prompt`](Self::prompt).
    pub fn append_completion(&mut self, sampled: &[u32]) -> Result<Range<usize>> {
        let role = match &self.open {
            Some(open) => open.role,
            None => {
                self.open_prompt(OpenMessage::assistant())?;
                Role::Assistant
            }
        };
        let entries = read_completion(&self.encoding, role, self.history.opening(), sampled)?;
        let fed = self.history.tokens_and_opening().len() + sampled.len();
        let first = self.history.entries().len();
        self.open = None;
        self.commit(Cache::of(fed), entries, Vec::new());
        Ok(first..self.history.entries().len())
    }

    /// Drops the messages from index `len` on; does nothing if there are no more than `len`.
    ///
    /// What was sampled before stays token for token. [`stale_from`](Self::stale_from) says which tokens changed.
    ///
    /// # Errors
    /// As [`append`](Self::append), for a system message that is written again because the functions that it mentions are
    /// gone. The transcript is then as it was.
    pub fn truncate(&mut self, len: usize) -> Result<()> {
        let Some(kept) = self.history.entries().get(..len) else {
            return Ok(());
        };
        self.rewrite(kept.to_vec())
    }

    /// Puts another message in the place of the one at `index`, and returns that one; `None` if there is no such message.
    ///
    /// The new message counts as one that was not sampled here.
    ///
    /// # Errors
    /// As [`append`](Self::append). The transcript is then as it was.
    pub fn replace(&mut self, index: usize, message: Message) -> Result<Option<Message>> {
        let mut entries = self.history.entries().to_vec();
        let Some(entry) = entries.get_mut(index) else {
            return Ok(None);
        };
        let replaced = entry.message.clone();
        *entry = Arc::new(Entry::unwritten(message));
        self.rewrite(entries)?;
        Ok(Some(replaced))
    }

    /// The messages, those included that are left out of the tokens.
    pub fn messages(&self) -> impl ExactSizeIterator<Item = &Message> + DoubleEndedIterator {
        self.history.messages()
    }

    /// The message at an index.
    pub fn message(&self, index: usize) -> Option<&Message> {
        self.history
            .entries()
            .get(index)
            .map(|entry| &entry.message)
    }

    /// The tokens of the messages, without the beginning of one that the last prompt added.
    pub fn tokens(&self) -> &[u32] {
        self.history.tokens()
    }

    /// The [`tokens`](Self::tokens) and the beginning of a message that the last prompt added, if it is still open.
    pub fn tokens_with_opening(&self) -> &[u32] {
        self.history.tokens_and_opening()
    }

    /// The message that the last prompt began, while nothing was appended since.
    pub fn opening(&self) -> Option<&OpenMessage> {
        self.open.as_ref()
    }

    /// The tokens as the model wrote them: with `<|return|>` where it ended its turn. Training uses these.
    pub fn tokens_as_sampled(&self) -> Vec<u32> {
        let mut tokens = self.tokens().to_vec();
        for (_, start, entry) in self.history.kept() {
            let ending = tokens.get_mut(start + entry.ending);
            if let Some(token) = ending.filter(|_| entry.returned) {
                *token = FormattingToken::Return.id_in(self.encoding.tokenizer);
            }
        }
        tokens
    }

    /// Which of the [`tokens`](Self::tokens) belongs to which message, and which of them were sampled.
    pub fn spans(&self) -> Spans {
        let mut recorder = SpanRecorder::with_capacity(self.history.entries().len());
        for (index, start, entry) in self.history.kept() {
            recorder.note_sampled(
                index,
                &entry.message,
                entry.extent_at(start),
                entry.sampled_at(start),
            );
        }
        recorder.spans
    }

    /// Index of the first token that invalidates a cached prefix: where the last prompt, or the one that comes next,
    /// differs from the prompt before it and what was sampled after that. `None` if all of it stays valid.
    pub fn stale_from(&self) -> Option<usize> {
        if self.open.is_some() {
            self.prompt_stale_from
        } else {
            self.cache.stale_from()
        }
    }

    /// The format in which messages are written.
    pub fn format(&self) -> &RenderFormat {
        &self.format
    }

    /// The response formats that the first message with developer content holds.
    pub fn response_formats(&self) -> &[ResponseFormat] {
        &self.response_formats
    }

    /// The encoding.
    pub fn encoding(&self) -> &HarmonyEncoding {
        &self.encoding
    }
}

impl fmt::Debug for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transcript")
            .field("format", &self.format)
            .field("messages", &self.history.entries().len())
            .field("tokens", &self.history.tokens().len())
            .field("open", &self.open)
            .finish_non_exhaustive()
    }
}
