//! How long the model is to reason.

use super::node::Node;
use crate::api::error::{BadRequest, BadRequestCode};
use crate::api::options::{EffortTarget, Options};
use crate::chat::ReasoningEffort;

/// The words that the APIs have for some model.
const KNOWN: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) struct Effort {
    /// What the system message says.
    pub(in crate::api) level: ReasoningEffort,
    /// Whether the model answers at once.
    pub(in crate::api) is_skipped: bool,
}

/// Reads `reasoning_effort` and `reasoning.effort`; the first that is there counts.
pub(in crate::api) fn read(body: &Node<'_, '_>, options: &Options) -> Result<Effort, BadRequest> {
    if let Some(word) = body.get("reasoning_effort") {
        return effort_of(&word, options);
    }
    if let Some(reasoning) = body.get("reasoning") {
        reasoning.object()?;
        if let Some(word) = reasoning.get("effort") {
            return effort_of(&word, options);
        }
    }
    Ok(Effort {
        level: options.default_effort,
        is_skipped: false,
    })
}

fn effort_of(node: &Node<'_, '_>, options: &Options) -> Result<Effort, BadRequest> {
    let word = node.string()?;
    let Some(target) = options.effort_map.get(word) else {
        let mut error = node.none_of(supported(options));
        if KNOWN.contains(&word) {
            error.code = Some(BadRequestCode::UnsupportedValue);
            error.message = error.message.replacen("Invalid", "Unsupported", 1);
        }
        return Err(error);
    };
    let level = match target {
        EffortTarget::Low | EffortTarget::Skip => ReasoningEffort::Low,
        EffortTarget::Medium => ReasoningEffort::Medium,
        EffortTarget::High => ReasoningEffort::High,
    };
    Ok(Effort {
        level,
        is_skipped: *target == EffortTarget::Skip,
    })
}

/// The words of the map, from the least effort to the most; names of the server's own come last.
fn supported(options: &Options) -> impl Iterator<Item = &str> {
    let known = KNOWN
        .into_iter()
        .filter(|word| options.effort_map.contains_key(*word));
    let others = options
        .effort_map
        .keys()
        .map(String::as_str)
        .filter(|word| !KNOWN.contains(word));
    known.chain(others)
}
