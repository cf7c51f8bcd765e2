//! What a request settles about the answer of Chat Completions.

use crate::api::error::BadRequest;
use crate::api::options::Options;
use crate::api::plan::ChatPlan;
use crate::api::request::json::Json;
use crate::api::request::node::Node;
use crate::api::request::parameters::{flag, text};

/// The most choices that a request may ask for.
const MAX_CHOICES: i64 = 128;

pub(super) fn read(body: &Node<'_, '_>, options: &Options) -> Result<ChatPlan, BadRequest> {
    let n = match body.get("n") {
        Some(n) => n.integer(1..=MAX_CHOICES)?,
        None => 1,
    };
    Ok(ChatPlan {
        n: usize::try_from(n).unwrap_or(1),
        stream: flag(body, "stream", false)?,
        include_usage: includes_usage(body)?,
        include_reasoning: includes_reasoning(body)?,
        reasoning_field: options.reasoning_field,
        stop: stop_texts(body)?,
        service_tier: text(body, "service_tier")?.map(str::to_owned),
        system_fingerprint: options.system_fingerprint.clone(),
    })
}

fn includes_usage(body: &Node<'_, '_>) -> Result<bool, BadRequest> {
    let Some(options) = body.get("stream_options") else {
        return Ok(false);
    };
    options.object()?;
    flag(&options, "include_usage", false)
}

fn includes_reasoning(body: &Node<'_, '_>) -> Result<bool, BadRequest> {
    let is_excluded = match body.get("reasoning") {
        Some(reasoning) => flag(&reasoning, "exclude", false)?,
        None => false,
    };
    Ok(flag(body, "include_reasoning", true)? && !is_excluded)
}

/// One text or a list of texts. An empty one never ends anything.
fn stop_texts(body: &Node<'_, '_>) -> Result<Vec<String>, BadRequest> {
    let Some(stop) = body.get("stop") else {
        return Ok(Vec::new());
    };
    let mut texts = match stop.value() {
        Json::String(text) => vec![text.to_owned()],
        Json::Array(_) => stop
            .elements()?
            .map(|text| text.string().map(str::to_owned))
            .collect::<Result<_, _>>()?,
        _ => return Err(stop.wrong_type("a string or an array of strings")),
    };
    texts.retain(|text: &String| !text.is_empty());
    Ok(texts)
}

/// The alternatives that `logprobs` and `top_logprobs` ask for.
pub(super) fn top_logprobs(body: &Node<'_, '_>) -> Result<Option<u8>, BadRequest> {
    let top = match body.get("top_logprobs") {
        Some(top) => u8::try_from(top.integer(0..=20)?).unwrap_or(0),
        None => 0,
    };
    Ok(flag(body, "logprobs", false)?.then_some(top))
}
