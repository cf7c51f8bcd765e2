//! The answer to a request, while it is sampled.

use serde_json::{json, Value};

use super::choice::{Choice, ChoiceWriter, Context};
use super::chunk::{Chunk, ChunkBody, ChunkSink, Delta, Envelope};
use super::state::ChatState;
use crate::api::turn::{EngineFinishReason, Note, TokenLogprob, Turn};
use crate::api::{ChatJob, Host, StreamError};
use crate::error::HarmonyError;
use crate::render::Transcript;
use crate::Repair;

/// The answer to a request to Chat Completions: tokens in, chunks out, for all choices.
///
/// Chunks go to a [`ChunkSink`]: `Vec<Value>` collects them as JSON, [`ChatSse`](super::ChatSse) as server-sent events,
/// `()` discards them. [`completion`](Self::completion) is the whole object, whether chunks were wanted or not.
#[derive(Clone, Debug)]
pub struct ChatStream<H> {
    host: H,
    state: ChatState,
}

impl ChatJob {
    /// The answer to this request. `host` gives ids and the time.
    pub fn stream<H: Host>(&self, mut host: H) -> ChatStream<H> {
        let envelope = Envelope {
            id: host.id("chatcmpl-"),
            created: host.now().max(0.0) as u64,
            model: self.plan.model.clone(),
            service_tier: self.answer.service_tier.clone(),
            system_fingerprint: self.answer.system_fingerprint.clone(),
            include_usage: self.answer.include_usage,
        };
        let encoding = self.transcript.encoding();
        let turn = Turn::new(encoding, &self.plan, &self.answer.stop, self.tokens());
        let choices = (0..self.answer.n).map(|index| Choice::new(index, turn.clone()));
        let state = ChatState {
            plan: self.plan.clone(),
            chat: self.answer.clone(),
            transcript: self.transcript.clone(),
            envelope,
            choices: choices.collect(),
            started: false,
            failed: false,
            cached_tokens: None,
        };
        ChatStream { host, state }
    }

    /// The whole answer at once: for each choice the tokens and why the engine stopped.
    ///
    /// # Errors
    /// [`StreamError::NoSuchChoice`] if there are more choices than the request asks for.
    pub fn complete<H: Host>(
        &self,
        choices: &[(&[u32], Option<EngineFinishReason>)],
        host: H,
    ) -> Result<Value, StreamError> {
        let mut stream = self.stream(host);
        for (index, (tokens, reason)) in choices.iter().enumerate() {
            stream.push(index, tokens, None, &mut ())?;
            stream.finish(index, *reason, &mut ())?;
        }
        Ok(stream.completion())
    }
}

impl<H: Host> ChatStream<H> {
    /// Continues a stored stream.
    pub fn resume(state: ChatState, host: H) -> Self {
        Self { host, state }
    }

    /// Everything but the host.
    pub fn state(&self) -> &ChatState {
        &self.state
    }

    /// The program around the stream.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Sends the first chunk of every choice. Optional, because the first tokens do it, too,
    /// unless the engine reports how many tokens of the prompt it had cached.
    pub fn start<S: ChunkSink>(&mut self, cached_tokens: Option<usize>, sink: &mut S) {
        self.state.cached_tokens = cached_tokens.or(self.state.cached_tokens);
        if std::mem::replace(&mut self.state.started, true) {
            return;
        }
        for index in 0..self.state.choices.len() {
            self.state.write(index, Delta::Role, None, sink);
        }
        for choice in 0..self.state.choices.len() {
            self.write_items(choice, sink, |turn, writer| turn.start(writer));
        }
    }

    /// Takes the tokens that were sampled for a choice, one or many, and sends what they add.
    ///
    /// # Errors
    /// If there is no such choice, if it has ended, or if there are not as many log-probabilities as tokens. A choice
    /// that ended at a stop string takes more tokens; they count, but add nothing.
    pub fn push<S: ChunkSink>(
        &mut self,
        choice: usize,
        tokens: &[u32],
        logprobs: Option<&[TokenLogprob]>,
        sink: &mut S,
    ) -> Result<(), StreamError> {
        self.state.check(choice)?;
        let logprobs = match logprobs {
            Some(logprobs) if logprobs.len() != tokens.len() => {
                return Err(StreamError::LogprobsLength {
                    tokens: tokens.len(),
                    logprobs: logprobs.len(),
                });
            }
            Some(logprobs) if self.state.plan.top_logprobs.is_some() => logprobs,
            _ => &[],
        };
        self.start(None, sink);
        self.write_items(choice, sink, |turn, writer| {
            turn.push(tokens, logprobs, writer)
        });
        Ok(())
    }

    /// Ends a choice: sends what was held back, the finish reason, and after the last choice the usage.
    ///
    /// `reason` is why the engine stopped, `None` if it does not say.
    ///
    /// # Errors
    /// If there is no such choice, or if it has ended.
    pub fn finish<S: ChunkSink>(
        &mut self,
        choice: usize,
        reason: Option<EngineFinishReason>,
        sink: &mut S,
    ) -> Result<(), StreamError> {
        self.state.check(choice)?;
        self.start(None, sink);
        let at_end = self.write_items(choice, sink, |turn, writer| turn.finish(reason, writer));
        let ended = &mut self.state.choices[choice];
        let finish_reason = ended.finish_reason(&self.state.plan, reason, at_end);
        ended.sent.finish_reason = Some(finish_reason);
        self.state
            .write(choice, Delta::Empty, Some(finish_reason), sink);
        let is_last = self
            .state
            .choices
            .iter()
            .all(|choice| choice.sent.finish_reason.is_some());
        if is_last && self.state.chat.include_usage {
            sink.chunk(&Chunk {
                envelope: &self.state.envelope,
                body: ChunkBody::Usage(self.state.usage()),
            });
        }
        Ok(())
    }

    /// Ends the stream because the engine broke: sends the error, after which nothing comes.
    pub fn fail<S: ChunkSink>(&mut self, message: &str, code: &str, sink: &mut S) {
        if !std::mem::replace(&mut self.state.failed, true) {
            let kind = "server_error";
            sink.error(
                &json!({"error": {"message": message, "type": kind, "param": null, "code": code}}),
            );
        }
    }

    /// Whether a stop string is complete, so that the engine can stop generating this choice. `false` if there is no such
    /// choice.
    pub fn stopped(&self, choice: usize) -> bool {
        self.state
            .choices
            .get(choice)
            .is_some_and(|choice| choice.turn.is_stopped())
    }

    /// The object `chat.completion` so far; after the last choice has ended, the whole one.
    pub fn completion(&self) -> Value {
        self.state.completion()
    }

    /// The conversation with what was sampled for a choice: the next prompt begins with exactly these tokens.
    ///
    /// # Errors
    /// If the completion cannot be appended; none today.
    pub fn transcript(&self, choice: usize) -> Result<Transcript, HarmonyError> {
        let mut transcript = self.state.transcript.clone();
        let sampled = self
            .state
            .choices
            .get(choice)
            .map(|choice| choice.turn.sampled());
        if let Some(sampled) = sampled.filter(|sampled| !sampled.is_empty()) {
            transcript.append_completion(sampled)?;
        }
        Ok(transcript)
    }

    /// What lenient parsing repaired, choice by choice.
    pub fn repairs(&self) -> impl Iterator<Item = &Repair> {
        self.repairs_by_choice().flatten()
    }

    /// What lenient parsing repaired in each choice.
    pub fn repairs_by_choice(&self) -> impl ExactSizeIterator<Item = &[Repair]> {
        self.state
            .choices
            .iter()
            .map(|choice| choice.turn.repairs())
    }

    /// What was left out of the answer or is wrong with it, choice by choice.
    pub fn notes(&self) -> impl Iterator<Item = Note> + '_ {
        self.state.choices.iter().flat_map(|choice| {
            choice.turn.notes().iter().map(|note| Note {
                choice: choice.sent.index,
                ..note.clone()
            })
        })
    }

    /// Lets the turn of a choice write its items.
    fn write_items<S: ChunkSink, T>(
        &mut self,
        choice: usize,
        sink: &mut S,
        step: impl FnOnce(&mut Turn, &mut ChoiceWriter<'_, H, S>) -> T,
    ) -> T {
        let Self { host, state } = self;
        let ChatState {
            plan,
            chat,
            envelope,
            transcript,
            choices,
            ..
        } = state;
        let tokenizer = transcript.encoding().tokenizer();
        let context = &Context {
            plan,
            chat,
            envelope,
            tokenizer,
        };
        let Choice { turn, sent } = &mut choices[choice];
        step(
            turn,
            &mut ChoiceWriter {
                context,
                sent,
                host,
                sink,
            },
        )
    }
}
