//! Bodies of requests to the Responses API.

use serde_json::Value;

use super::continuation::{previous, Items};
use super::stored::{ResponseStore, StoredResponse};
use super::{echo, plan};
use crate::api::error::{BadRequest, BadRequestCode};
use crate::api::host::Host;
use crate::api::job::ResponsesJob;
use crate::api::options::{DatePolicy, Options};
use crate::api::request::answer_form::{self, AnswerForm};
use crate::api::request::head;
use crate::api::request::history::History;
use crate::api::request::node::{parse, Node};
use crate::api::request::parameters::{flag, ignored, text};
use crate::api::request::prompt::{Continued, Limits, Request};
use crate::api::request::tools::Dialect;
use crate::chat::Content;
use crate::render::Transcript;
use crate::HarmonyEncoding;

/// The parameters that have an effect, or are repeated in the response, besides those of the sampler.
const USED: [&str; 26] = [
    "background",
    "conversation",
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning",
    "reasoning_effort",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "truncation",
    "user",
];

/// The parameters of the API that have none.
const WITHOUT_EFFECT: [&str; 7] = [
    "access_programs",
    "background_options",
    "context_management",
    "image",
    "moderation",
    "prompt_cache_options",
    "stream_options",
];

/// The parameters for which a server would have to keep or run something itself.
const UNSUPPORTED: [&str; 2] = ["conversation", "prompt"];

/// The Responses API over one encoding: requests to jobs.
///
/// ```
/// use openai_harmony::api::{Host, NoStore, Options, Responses};
/// use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};
/// # struct Fixed;
/// # impl Host for Fixed {
/// #     fn now(&self) -> f64 { 1_751_068_800.0 }
/// #     fn id(&mut self, prefix: &str) -> String { prefix.to_owned() }
/// # }
/// # let host = Fixed;
///
/// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
/// let responses = Responses::new(encoding.clone(), Options::default());
/// let job = responses.prepare(br#"{"model": "gpt-oss-20b", "input": "Hi"}"#, &host, &NoStore)?;
/// let prompt = encoding.tokenizer().decode_utf8(job.tokens())?;
/// assert!(prompt.ends_with("<|start|>user<|message|>Hi<|end|><|start|>assistant"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Responses {
    encoding: HarmonyEncoding,
    options: Options,
}

impl Responses {
    /// The API with the server's choices.
    pub fn new(encoding: HarmonyEncoding, options: Options) -> Self {
        Self { encoding, options }
    }

    /// Reads the body of a request, which is JSON text. `store` holds the responses that it may continue.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn prepare(
        &self,
        body: &[u8],
        host: &impl Host,
        store: &impl ResponseStore,
    ) -> Result<ResponsesJob, BadRequest> {
        self.prepare_value(&parse(body)?, host, store)
    }

    /// As [`prepare`](Self::prepare), for a body that is already read.
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare).
    pub fn prepare_value(
        &self,
        body: &Value,
        host: &impl Host,
        store: &impl ResponseStore,
    ) -> Result<ResponsesJob, BadRequest> {
        let body = Node::body(body);
        body.object()?;
        refuse_unsupported(&body)?;
        let form = answer_form(&body)?;
        let request = Request::read(&body, Dialect::Flat, form, &self.encoding, &self.options)?;
        let include = plan::include(&body)?;
        let top_logprobs = plan::top_logprobs(&body, include)?;
        let max_tokens = body.get("max_output_tokens");
        let max_tokens = max_tokens.map(|limit| limit.count(1)).transpose()?;
        let echo = echo::read(&body, self.options.default_effort)?;
        let ignored = ignored(&body, &USED, &WITHOUT_EFFECT, &self.options)?;

        let previous = previous(&body, store)?;
        let items = Items::read(&body.require("input")?, previous.as_ref(), store)?;
        let opening = request.opening();
        let transcript = {
            let mut history = History::new(&request.tools, items.count());
            if let Some(instructions) = text(&body, "instructions")? {
                history.instruct(instructions);
            }
            let stored_messages = items.lower(&mut history, host)?;
            let continued = previous.as_ref().map(|previous| Continued {
                transcript: &previous.transcript,
                messages: stored_messages,
            });
            let date = self.date(previous.as_ref(), host);
            request.transcript(history, date, continued, &opening)?
        };
        let answer = plan::read(&body, include, echo, items.into_all())?;
        let limits = Limits {
            max_tokens,
            ignored,
        };
        Ok(request.job(opening, transcript, top_logprobs, limits, answer))
    }

    /// A conversation keeps the date on which it began.
    fn date(&self, previous: Option<&StoredResponse>, host: &impl Host) -> Option<String> {
        let started = previous
            .filter(|_| self.options.date == DatePolicy::Today)
            .and_then(|previous| start_date(&previous.transcript));
        started.or_else(|| head::date(&self.options, || host.now()))
    }
}

fn start_date(transcript: &Transcript) -> Option<String> {
    match &transcript.message(0)?.content[..] {
        [Content::SystemContent(system)] => system.conversation_start_date.clone(),
        _ => None,
    }
}

fn refuse_unsupported(body: &Node<'_, '_>) -> Result<(), BadRequest> {
    let unsupported = UNSUPPORTED.into_iter().find_map(|name| body.get(name));
    let in_background = flag(body, "background", false)?;
    let background = body.get("background").filter(|_| in_background);
    let Some(refused) = unsupported.or(background) else {
        return Ok(());
    };
    let path = refused.path();
    Err(refused.fail(
        BadRequestCode::UnsupportedValue,
        format!("Unsupported parameter: '{path}' is not supported here."),
    ))
}

fn answer_form(body: &Node<'_, '_>) -> Result<AnswerForm, BadRequest> {
    let Some(text) = body.get("text") else {
        return Ok(AnswerForm::default());
    };
    text.object()?;
    match text.get("format") {
        Some(format) => answer_form::read(&format, Dialect::Flat),
        None => Ok(AnswerForm::default()),
    }
}
