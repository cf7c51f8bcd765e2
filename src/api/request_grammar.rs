//! The grammar of a request, without anything else of the job.

use super::chat::ChatCompletions;
use super::error::BadRequest;
use super::host::Host;
use super::options::Options;
use super::request::node::parse;
use super::responses::{NoStore, Responses};
use crate::encoding::HarmonyEncoding;
use crate::grammar::{GrammarError, OutputGrammar};

/// The grammar of every correct answer to a request, given its body. A body with `messages` is a request to Chat
/// Completions, any other is one to the Responses API.
///
/// A server that also needs the prompt prepares a job, and asks its [`grammar`](super::Job::grammar): it is the same. So
/// does one whose requests continue stored responses, which are not found here.
///
/// ```
/// use openai_harmony::api::{output_grammar_for_request, Options};
/// use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};
///
/// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
/// let body = br#"{"model": "gpt-oss-20b", "input": "Hi", "text": {"format": {"type": "json_object"}}}"#;
/// let grammar = output_grammar_for_request(&encoding, body, &Options::default())?;
///
/// let answer = encoding.tokenizer().encode_with_special_tokens("<|channel|>final<|message|>Hello<|return|>");
/// assert_eq!(grammar.check(&answer)?.refused.map(|refused| refused.index), Some(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A request that cannot be served, or that no grammar can describe.
pub fn output_grammar_for_request(
    encoding: &HarmonyEncoding,
    body: &[u8],
    options: &Options,
) -> Result<OutputGrammar, RequestGrammarError> {
    let body = parse(body)?;
    let grammar = if body.get("messages").is_some() {
        let chat = ChatCompletions::new(encoding.clone(), options.clone());
        chat.prepare_value(&body, &Epoch)?.grammar()
    } else {
        let responses = Responses::new(encoding.clone(), options.clone());
        responses.prepare_value(&body, &Epoch, &NoStore)?.grammar()
    };
    Ok(grammar?)
}

/// Why a request has no grammar.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestGrammarError {
    /// The request cannot be served.
    #[error(transparent)]
    Request(#[from] BadRequest),
    /// No grammar can describe its answers.
    #[error(transparent)]
    Grammar(#[from] GrammarError),
}

/// A host for prompts that nobody reads: grammars do not depend on the day.
struct Epoch;

impl Host for Epoch {
    fn now(&self) -> f64 {
        0.0
    }

    fn id(&mut self, prefix: &str) -> String {
        prefix.to_owned()
    }
}
