//! A request, ready to be sampled.

use serde_json::{Map, Value};

use super::constraint::Constraint;
use super::plan::{ChatPlan, Plan, ResponsesPlan};
use crate::chat::Message;
use crate::encoding::special::FormattingToken;
use crate::grammar::{GrammarError, OutputGrammar};
use crate::render::Transcript;

/// What a request asks for: the prompt, how to sample, and how to answer. `P` is what only one of the APIs settles
/// about its answer.
#[derive(Clone, Debug)]
pub struct Job<P> {
    pub(super) plan: Plan,
    pub(super) answer: P,
    /// The conversation with the open prompt.
    pub(super) transcript: Transcript,
    pub(super) constraint: Constraint,
    /// Whether the model might break the constraint on its own.
    pub(super) is_constrained: bool,
    pub(super) sampling: Map<String, Value>,
    pub(super) max_tokens: Option<usize>,
    pub(super) ignored: Vec<String>,
}

/// A request to Chat Completions.
pub type ChatJob = Job<ChatPlan>;

/// A request to the Responses API.
pub type ResponsesJob = Job<ResponsesPlan>;

impl<P> Job<P> {
    /// The tokens that the model is to continue.
    pub fn tokens(&self) -> &[u32] {
        self.transcript.tokens_with_opening()
    }

    /// The ids at which the engine stops: `<|return|>` and `<|call|>`. Not `<|end|>`, after which the model continues.
    pub fn stop_token_ids(&self) -> [u32; 2] {
        let tokenizer = self.transcript.encoding().tokenizer();
        [FormattingToken::Return, FormattingToken::Call].map(|token| token.id_in(tokenizer))
    }

    /// How many tokens the engine may sample; `None` for any number.
    pub fn max_tokens(&self) -> Option<usize> {
        self.max_tokens
    }

    /// The parameters of the sampler that the request has, each as it was given: `temperature`, `top_p`, `seed`,
    /// `presence_penalty`, `frequency_penalty`, `logit_bias`, `top_k`, `min_p`, `repetition_penalty`.
    pub fn sampling(&self) -> &Map<String, Value> {
        &self.sampling
    }

    /// What may be sampled; `None` if the model is free.
    pub fn constraint(&self) -> Option<&Constraint> {
        Some(&self.constraint).filter(|_| self.is_constrained)
    }

    /// The grammar of every correct answer to this request, also where the model is free: under it, the model cannot
    /// leave the format.
    ///
    /// # Errors
    /// As [`Constraint::grammar`].
    pub fn grammar(&self) -> Result<OutputGrammar, GrammarError> {
        self.constraint.grammar()
    }

    /// What may be sampled, whether or not the model might break it on its own.
    pub fn allowed(&self) -> &Constraint {
        &self.constraint
    }

    /// The messages of the conversation, those included that the prompt leaves out.
    pub fn conversation(&self) -> impl ExactSizeIterator<Item = &Message> {
        self.transcript.messages()
    }

    /// The conversation, token for token, with its prompt open: what was sampled can be appended.
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// The paths of the parameters that have no effect.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// What the answer depends on.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What the answer depends on in this API alone.
    pub fn answer_plan(&self) -> &P {
        &self.answer
    }
}
