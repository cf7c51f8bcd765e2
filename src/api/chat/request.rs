//! Bodies of requests to Chat Completions.

use serde_json::Value;

use super::{history, plan};
use crate::api::error::BadRequest;
use crate::api::host::Host;
use crate::api::job::ChatJob;
use crate::api::options::Options;
use crate::api::request::answer_form::{self, AnswerForm};
use crate::api::request::head;
use crate::api::request::history::History;
use crate::api::request::node::{parse, Node};
use crate::api::request::parameters::{flag, ignored};
use crate::api::request::prompt::{Limits, Request};
use crate::api::request::tools::Dialect;
use crate::render::OpenMessage;
use crate::HarmonyEncoding;

/// The parameters that have an effect, besides those of the sampler.
const USED: [&str; 22] = [
    "messages",
    "model",
    "tools",
    "functions",
    "tool_choice",
    "function_call",
    "parallel_tool_calls",
    "reasoning_effort",
    "reasoning",
    "include_reasoning",
    "response_format",
    "n",
    "stop",
    "stream",
    "stream_options",
    "logprobs",
    "top_logprobs",
    "max_tokens",
    "max_completion_tokens",
    "service_tier",
    "continue_final_message",
    "truncation",
];

/// The parameters of the API that have none.
const WITHOUT_EFFECT: [&str; 13] = [
    "audio",
    "metadata",
    "modalities",
    "moderation",
    "prediction",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "store",
    "user",
    "verbosity",
    "web_search_options",
];

/// The Chat Completions API over one encoding: requests to jobs.
///
/// ```
/// use openai_harmony::api::{ChatCompletions, Host, Options};
/// use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};
/// # struct Fixed;
/// # impl Host for Fixed {
/// #     fn now(&self) -> f64 { 1_751_068_800.0 }
/// #     fn id(&mut self, prefix: &str) -> String { prefix.to_owned() }
/// # }
/// # let host = Fixed;
///
/// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
/// let chat = ChatCompletions::new(encoding.clone(), Options::default());
/// let job = chat.prepare(br#"{"model": "gpt-oss-20b", "messages": [{"role": "user", "content": "Hi"}]}"#, &host)?;
/// let prompt = encoding.tokenizer().decode_utf8(job.tokens())?;
/// assert!(prompt.ends_with("<|start|>user<|message|>Hi<|end|><|start|>assistant"));
///
/// let error = chat.prepare(br#"{"model": "gpt-oss-20b", "messages": [{"role": "usr"}]}"#, &host).unwrap_err();
/// assert_eq!(error.param.as_deref(), Some("messages[0].role"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChatCompletions {
    encoding: HarmonyEncoding,
    options: Options,
}

impl ChatCompletions {
    /// The API with the server's choices.
    pub fn new(encoding: HarmonyEncoding, options: Options) -> Self {
        Self { encoding, options }
    }

    /// Reads the body of a request, which is JSON text.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn prepare(&self, body: &[u8], host: &impl Host) -> Result<ChatJob, BadRequest> {
        self.prepare_value(&parse(body)?, host)
    }

    /// As [`prepare`](Self::prepare), for a body that is already read.
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare).
    pub fn prepare_value(&self, body: &Value, host: &impl Host) -> Result<ChatJob, BadRequest> {
        let body = Node::body(body);
        let form = match body.get("response_format") {
            Some(format) => answer_form::read(&format, Dialect::Nested)?,
            None => AnswerForm::default(),
        };
        let request = Request::read(&body, Dialect::Nested, form, &self.encoding, &self.options)?;
        let messages = body.require("messages")?;
        let (mut history, _) =
            history::read(&messages, &request.tools, self.options.participant_names)?;
        let opening = if flag(&body, "continue_final_message", false)? {
            reopen_last(&body, &mut history)?
        } else {
            request.opening()
        };
        let chat = plan::read(&body, &self.options)?;
        let top_logprobs = plan::top_logprobs(&body)?;
        let max_tokens = max_tokens(&body)?;
        let ignored = ignored(&body, &USED, &WITHOUT_EFFECT, &self.options)?;

        let date = head::date(&self.options, || host.now());
        let transcript = request.transcript(history, date, None, &opening)?;
        let limits = Limits {
            max_tokens,
            ignored,
        };
        Ok(request.job(opening, transcript, top_logprobs, limits, chat))
    }
}

fn max_tokens(body: &Node<'_, '_>) -> Result<Option<usize>, BadRequest> {
    let newest = body.get("max_completion_tokens");
    let limit = newest.or_else(|| body.get("max_tokens"));
    limit.map(|limit| limit.count(1)).transpose()
}

/// Takes the last message out of the history, for the model to continue.
fn reopen_last(body: &Node<'_, '_>, history: &mut History<'_>) -> Result<OpenMessage, BadRequest> {
    let refuse = || {
        let node = body.get("continue_final_message");
        node.map_or_else(
            || body.missing("continue_final_message"),
            |node| {
                node.refuse(
                    "There is no text of the assistant at the end of 'messages' to continue.",
                )
            },
        )
    };
    let (channel, text) = history.pop_spoken().ok_or_else(refuse)?;
    Ok(OpenMessage::assistant()
        .with_channel(channel)
        .with_content(text))
}
