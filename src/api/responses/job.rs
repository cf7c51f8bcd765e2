//! A request to the Responses API, ready to be sampled.

use crate::api::{Constraint, Plan, ResponsesPlan};
use crate::render::Transcript;

/// What a request to the Responses API asks for: the prompt, how to sample, and how to answer.
#[derive(Clone, Debug)]
pub struct ResponsesJob {
    pub(in crate::api) plan: Plan,
    pub(in crate::api) responses: ResponsesPlan,
    /// The conversation with the open prompt.
    pub(in crate::api) transcript: Transcript,
    pub(in crate::api) constraint: Option<Constraint>,
}

impl ResponsesJob {
    /// The tokens that the model is to continue.
    pub fn tokens(&self) -> &[u32] {
        self.transcript.tokens_with_opening()
    }

    /// What may be sampled; `None` if the model is free.
    pub fn constraint(&self) -> Option<&Constraint> {
        self.constraint.as_ref()
    }

    /// The conversation, token for token, with its prompt open: what was sampled can be appended.
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// What the answer depends on.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What the answer of this API depends on.
    pub fn responses_plan(&self) -> &ResponsesPlan {
        &self.responses
    }
}
