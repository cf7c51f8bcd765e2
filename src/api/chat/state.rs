//! What is known of an answer while it is sampled, and the object that shows it.

use serde::{Deserialize, Serialize};
use serde_json::{json, Value};

use super::choice::{Choice, Context};
use super::chunk::{ChatFinishReason, ChoiceDelta, Chunk, ChunkBody, ChunkSink, Delta, Envelope};
use super::usage::{ChatUsage, CompletionTokensDetails, PromptTokensDetails};
use crate::api::turn::Turn;
use crate::api::{ChatPlan, Plan, StreamError};
use crate::render::Transcript;

/// Everything about a [`ChatStream`](super::ChatStream) but its host, so that it can be stored and resumed.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct ChatState {
    pub(super) plan: Plan,
    pub(super) chat: ChatPlan,
    /// The conversation with its prompt open.
    pub(super) transcript: Transcript,
    pub(super) envelope: Envelope,
    pub(super) choices: Vec<Choice>,
    pub(super) started: bool,
    pub(super) failed: bool,
    pub(super) cached_tokens: Option<usize>,
}

impl ChatState {
    /// Whether a choice can take more.
    pub(super) fn check(&self, choice: usize) -> Result<(), StreamError> {
        let n = self.choices.len();
        let found = self
            .choices
            .get(choice)
            .ok_or(StreamError::NoSuchChoice { choice, n })?;
        match self.failed || found.sent.finish_reason.is_some() {
            true => Err(StreamError::Ended),
            false => Ok(()),
        }
    }

    /// Writes a chunk of a choice.
    pub(super) fn write<S: ChunkSink>(
        &self,
        index: usize,
        delta: Delta<'_>,
        finish_reason: Option<ChatFinishReason>,
        sink: &mut S,
    ) {
        sink.chunk(&Chunk {
            envelope: &self.envelope,
            body: ChunkBody::Choice(ChoiceDelta {
                index,
                delta,
                logprobs: None,
                finish_reason,
            }),
        });
    }

    /// The tokens of all choices.
    pub(super) fn usage(&self) -> ChatUsage {
        let prompt_tokens = self.plan.prompt_tokens;
        let turns = || self.choices.iter().map(|choice| &choice.turn);
        // A restored state may hold any numbers.
        let completion_tokens = turns()
            .map(Turn::completion_tokens)
            .fold(0, usize::saturating_add);
        let reasoning_tokens = turns()
            .map(Turn::reasoning_tokens)
            .fold(0, usize::saturating_add);
        ChatUsage {
            prompt_tokens,
            completion_tokens,
            total_tokens: prompt_tokens.saturating_add(completion_tokens),
            prompt_tokens_details: self
                .cached_tokens
                .map(|cached_tokens| PromptTokensDetails { cached_tokens }),
            completion_tokens_details: CompletionTokensDetails { reasoning_tokens },
        }
    }

    /// The object `chat.completion` so far.
    pub(super) fn completion(&self) -> Value {
        let Self {
            plan,
            chat,
            envelope,
            transcript,
            choices,
            ..
        } = self;
        let tokenizer = transcript.encoding().tokenizer();
        let context = Context {
            plan,
            chat,
            envelope,
            tokenizer,
        };
        let choices: Vec<Value> = choices
            .iter()
            .map(|choice| choice.object(&context))
            .collect();
        let mut completion = json!({
            "id": envelope.id,
            "object": "chat.completion",
            "created": envelope.created,
            "model": envelope.model,
            "choices": choices,
            "usage": self.usage(),
        });
        if let Some(tier) = &envelope.service_tier {
            completion["service_tier"] = tier.as_str().into();
        }
        completion["system_fingerprint"] = json!(envelope.system_fingerprint);
        completion
    }
}
