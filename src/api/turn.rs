//! What was sampled, as an answer: the state machine that both APIs share.
//!
//! Tokens go through the lenient parser; its events become [`Item`]s. An [`ItemWriter`] is called as items open, grow
//! and close, and only writes.

mod answer;
mod body;
mod classify;
mod custom_input;
mod item;
mod logprob;
mod note;
mod open;
mod stop;

use serde::{Deserialize, Serialize};

use crate::api::Plan;
use crate::named::named_enum;
use crate::{HarmonyEncoding, ParseOptions, Repair, StreamState, StreamableParser};
use answer::{Answer, Reader};
pub use item::CallForm;
pub(in crate::api) use item::{HostedTool, Item, ItemKind, Phase, Status};
pub use logprob::TokenLogprob;
use logprob::Waiting;
pub use note::{Note, NoteKind};

named_enum! {
    "finish reason of an engine",
    /// Why an engine stopped to sample.
    pub enum EngineFinishReason {
        /// It sampled a stop token, which it may or may not have passed on.
        Stop = "stop" | "tool_calls",
        /// It reached the limit of tokens.
        Length = "length",
        /// A content filter ended the answer.
        ContentFilter = "content_filter",
        /// It was stopped from outside.
        Abort = "abort",
    }
}

/// Receives what happens to the items of an answer; `index` counts them from 0.
pub(in crate::api) trait ItemWriter {
    fn opened(&mut self, index: usize, item: &Item);
    /// `delta` is the end of the item's text, `logprobs` that of its log-probabilities.
    fn grown(&mut self, index: usize, item: &Item, delta: &str, logprobs: &[TokenLogprob]);
    fn closed(&mut self, index: usize, item: &Item);
}

/// One answer while it is sampled.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(in crate::api) struct Turn {
    parser: StreamableParser,
    /// The tokens that were sampled since the last prompt.
    sampled: Vec<u32>,
    answer: Answer,
}

impl Turn {
    /// An answer to `prompt`.
    pub fn new(encoding: &HarmonyEncoding, plan: &Plan, stop: &[String], prompt: &[u32]) -> Self {
        Self {
            parser: parser(encoding, prompt),
            sampled: Vec::new(),
            answer: Answer::new(plan, stop),
        }
    }

    /// Reports what the prompt has opened already: a call or an answer that the model was made to begin.
    pub fn start<W: ItemWriter>(&mut self, writer: &mut W) {
        if let Some(header) = self.parser.current_header() {
            self.answer.begin(header, writer);
        }
    }

    /// Continues the answer after another prompt, which holds the result of a hosted tool.
    pub fn resume<W: ItemWriter>(
        &mut self,
        encoding: &HarmonyEncoding,
        prompt: &[u32],
        writer: &mut W,
    ) {
        self.answer.tokens_before = self.completion_tokens();
        self.sampled.clear();
        self.answer.waiting = Waiting::default();
        self.parser = parser(encoding, prompt);
        self.start(writer);
    }

    /// Takes sampled tokens, one or many. `logprobs` has one entry for each of them, or none at all.
    pub fn push<W: ItemWriter>(
        &mut self,
        tokens: &[u32],
        logprobs: &[TokenLogprob],
        writer: &mut W,
    ) {
        self.sampled.extend_from_slice(tokens);
        let Self { parser, answer, .. } = self;
        if logprobs.is_empty() {
            feed(parser, tokens, &mut Reader { answer, writer });
        } else {
            let first = parser.tokens().len();
            for (offset, (token, entry)) in tokens.iter().zip(logprobs).enumerate() {
                answer.waiting.push(first + offset, entry.finite());
                feed(parser, &[*token], &mut Reader { answer, writer });
            }
        }
        answer.flush(writer);
    }

    /// No more tokens come. Returns whether the model had come to an end.
    pub fn finish<W: ItemWriter>(
        &mut self,
        reason: Option<EngineFinishReason>,
        writer: &mut W,
    ) -> bool {
        let at_end = self.answer.stopped
            || self.parser.state() == StreamState::ExpectStart && self.answer.at_end;
        self.answer.completes = match reason {
            Some(EngineFinishReason::Stop) => true,
            Some(_) => false,
            None => at_end,
        };
        let Self { parser, answer, .. } = self;
        // OK to ignore: lenient parsing has no errors.
        let _ = parser.process_eos_into(&mut Reader { answer, writer });
        at_end
    }

    /// Closes what is open as it is: nothing more is read.
    pub fn interrupt<W: ItemWriter>(&mut self, writer: &mut W) {
        self.answer.close(false, writer);
    }

    /// The items so far, an open one among them.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.answer.items.iter().chain(self.answer.open_item())
    }

    /// Whether a stop string is complete.
    pub fn is_stopped(&self) -> bool {
        self.answer.stopped
    }

    /// The tokens that were sampled since the last prompt.
    pub fn sampled(&self) -> &[u32] {
        &self.sampled
    }

    /// How many tokens were sampled, those before the last prompt included.
    pub fn completion_tokens(&self) -> usize {
        self.answer.tokens_before.saturating_add(self.sampled.len())
    }

    /// How many of them are the text of thoughts.
    pub fn reasoning_tokens(&self) -> usize {
        self.answer.reasoning_tokens
    }

    pub fn repairs(&self) -> &[Repair] {
        &self.answer.repairs
    }

    pub fn notes(&self) -> &[Note] {
        &self.answer.notes
    }
}

fn parser(encoding: &HarmonyEncoding, prompt: &[u32]) -> StreamableParser {
    let options = ParseOptions { strict: false };
    // OK because lenient parsing has no errors; a parser without a prompt would still read everything.
    StreamableParser::from_prompt(encoding.clone(), prompt, options)
        .or_else(|_| StreamableParser::new_with_options(encoding.clone(), None, options))
        .expect("making a parser has no errors")
}

fn feed<W: ItemWriter>(parser: &mut StreamableParser, tokens: &[u32], reader: &mut Reader<'_, W>) {
    // OK to ignore: lenient parsing has no errors.
    let _ = parser.process_many_into(tokens, reader);
}
