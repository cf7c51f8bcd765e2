//! What an answer cost.

use serde::{Deserialize, Serialize};

/// The tokens of a request to Chat Completions and of all its choices.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatUsage {
    /// The tokens of the prompt, counted once for all choices.
    pub prompt_tokens: usize,
    /// All sampled tokens, stop tokens included.
    pub completion_tokens: usize,
    /// The sum of both.
    pub total_tokens: usize,
    /// How much of the prompt came from a cache, if the engine says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt_tokens_details: Option<PromptTokensDetails>,
    /// What the completion tokens were used for.
    pub completion_tokens_details: CompletionTokensDetails,
}

/// Where the tokens of a prompt came from.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct PromptTokensDetails {
    /// The tokens that the engine had in its cache.
    pub cached_tokens: usize,
}

/// What sampled tokens were used for.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompletionTokensDetails {
    /// The tokens of the text of thoughts.
    pub reasoning_tokens: usize,
}
