//! The arguments of the steps of a stream.

use openai_harmony::api::{EngineFinishReason, TokenLogprob};
use serde::Deserialize;

use crate::failure::Failure;
use crate::memory::{read, with_ids};

/// `{"choice", "logprobs"}` of a push, with the ids that were written.
#[derive(Deserialize)]
pub struct Push {
    #[serde(default)]
    pub choice: usize,
    logprobs: Option<Vec<Logprob>>,
}

/// A log-probability, or a pair of one and the alternatives.
#[derive(Deserialize)]
#[serde(untagged)]
enum Logprob {
    Alone(f64),
    WithTop(f64, Vec<(u32, f64)>),
}

impl Push {
    /// Runs `work` with the tokens and their log-probabilities. Without `options`, there are only tokens, of the first choice.
    pub fn with<T>(
        options: usize,
        ids: usize,
        work: impl FnOnce(usize, &[u32], Option<&[TokenLogprob]>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if options == 0 {
            return with_ids(ids, |tokens| work(0, tokens, None));
        }
        let Self { choice, logprobs } = read(options)?;
        with_ids(ids, |tokens| {
            let logprobs = logprobs
                .map(|logprobs| entries(tokens, logprobs))
                .transpose()?;
            work(choice, tokens, logprobs.as_deref())
        })
    }
}

fn entries(tokens: &[u32], logprobs: Vec<Logprob>) -> Result<Vec<TokenLogprob>, Failure> {
    if tokens.len() != logprobs.len() {
        let message = format!(
            "{} log-probabilities for {} tokens",
            logprobs.len(),
            tokens.len()
        );
        return Err(Failure::new("stream.misuse", message));
    }
    let entries = tokens
        .iter()
        .zip(logprobs)
        .map(|(&token, logprob)| match logprob {
            Logprob::Alone(logprob) => TokenLogprob {
                token,
                logprob,
                top: Vec::new(),
            },
            Logprob::WithTop(logprob, mut top) => {
                top.sort_by(|(_, one), (_, other)| other.total_cmp(one));
                TokenLogprob {
                    token,
                    logprob,
                    top,
                }
            }
        });
    Ok(entries.collect())
}

/// `{"choice", "reason"}` of the end of a choice.
#[derive(Deserialize)]
pub struct Finish {
    #[serde(default)]
    pub choice: usize,
    pub reason: Option<Reason>,
}

/// Why an engine stopped.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// vLLM and others also say it in the word `tool_calls`.
    #[serde(alias = "tool_calls")]
    Stop,
    Length,
    ContentFilter,
    Abort,
}

impl From<Reason> for EngineFinishReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Stop => Self::Stop,
            Reason::Length => Self::Length,
            Reason::ContentFilter => Self::ContentFilter,
            Reason::Abort => Self::Abort,
        }
    }
}

/// `{"message", "code", "param"}` of an engine that broke.
#[derive(Deserialize)]
pub struct Fail {
    pub message: String,
    pub code: String,
    pub param: Option<String>,
}

/// The number of cached tokens; a negative one is none.
pub fn cached_tokens(number: i32) -> Option<usize> {
    usize::try_from(number).ok()
}
