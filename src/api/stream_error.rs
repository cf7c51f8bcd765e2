//! The errors of a stream that is used in a way that cannot be meant.

use crate::error::HarmonyError;

/// A call to a stream that does not fit its state. The stream is as it was before.
///
/// What a model samples never causes an error.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamError {
    /// There are not as many choices.
    #[error("there is no choice {choice}: the request asks for {n}")]
    NoSuchChoice {
        /// The choice that was named.
        choice: usize,
        /// How many there are.
        n: usize,
    },
    /// The choice, or the whole stream, has ended.
    #[error("the stream has ended")]
    Ended,
    /// There are not as many log-probabilities as tokens.
    #[error("{logprobs} log-probabilities for {tokens} tokens")]
    LogprobsLength {
        /// How many tokens there are.
        tokens: usize,
        /// How many log-probabilities there are.
        logprobs: usize,
    },
    /// No tool waits for its output.
    #[error("no tool waits for its output")]
    NoPendingTool,
    /// The output of a tool cannot be rendered.
    #[error(transparent)]
    Output(#[from] HarmonyError),
}
