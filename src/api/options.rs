//! What the program that serves the APIs chooses.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::plan::ReasoningField;
use crate::chat::{ReasoningEffort, SystemContent, ToolNamespaceConfig};
use crate::named::named_enum;
use crate::render::{AnalysisPolicy, RenderFormat};

/// How requests are read and answered, where the APIs leave it to the server.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The system message; date, effort and built-in tools are filled in for each request.
    pub system: SystemContent,
    /// The date in the system message.
    pub date: DatePolicy,
    /// The effort of a request that names none.
    pub default_effort: ReasoningEffort,
    /// What the words of `reasoning_effort` mean. A word that is missing here is an error.
    pub effort_map: BTreeMap<String, EffortTarget>,
    /// How the prompt is written. By default as release 0.0.8 does, but without the reasoning of completed turns.
    pub format: RenderFormat,
    /// The tools of `mcp` servers by their label.
    pub namespaces: BTreeMap<String, ToolNamespaceConfig>,
    /// Whether the tools stay in the prompt if `tool_choice` is `none`.
    pub tools_when_none: ToolsWhenNone,
    /// How a tool is forced.
    pub force: ForcePolicy,
    /// How many tokens the prompt may have; `None` for any number.
    pub max_context: Option<usize>,
    /// Whether a user's `name` becomes the name of the author.
    pub participant_names: bool,
    /// In which field Chat Completions reports the model's reasoning.
    pub reasoning_field: ReasoningField,
    /// The field `system_fingerprint` of Chat Completions.
    pub system_fingerprint: Option<String>,
    /// What happens to parameters that neither API has.
    pub unknown: UnknownParameters,
}

impl Default for Options {
    fn default() -> Self {
        use EffortTarget::{High, Low, Medium};
        let efforts = [
            ("minimal", Low),
            ("low", Low),
            ("medium", Medium),
            ("high", High),
            ("xhigh", High),
            ("max", High),
        ];
        Self {
            system: SystemContent::new(),
            date: DatePolicy::Today,
            default_effort: ReasoningEffort::Medium,
            effort_map: efforts
                .map(|(word, effort)| (word.to_owned(), effort))
                .into(),
            format: RenderFormat {
                analysis: AnalysisPolicy::CompletedTurns,
                ..RenderFormat::HARMONY_0_0_8
            },
            namespaces: BTreeMap::new(),
            tools_when_none: ToolsWhenNone::Omit,
            force: ForcePolicy::Constraint,
            max_context: None,
            participant_names: false,
            reasoning_field: ReasoningField::Reasoning,
            system_fingerprint: None,
            unknown: UnknownParameters::Ignore,
        }
    }
}

/// The date in the system message. In JSON: `"today"`, another text for a date, or `null` for none.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(from = "Option<String>", into = "Option<String>")]
pub enum DatePolicy {
    /// The day of [`Host::now`](super::Host::now), in UTC.
    #[default]
    Today,
    /// This date, usually `YYYY-MM-DD`.
    Fixed(String),
    /// No date.
    None,
}

impl From<Option<String>> for DatePolicy {
    fn from(date: Option<String>) -> Self {
        match date {
            None => Self::None,
            Some(word) if word == "today" => Self::Today,
            Some(date) => Self::Fixed(date),
        }
    }
}

impl From<DatePolicy> for Option<String> {
    fn from(policy: DatePolicy) -> Self {
        match policy {
            DatePolicy::None => None,
            DatePolicy::Today => Some("today".to_owned()),
            DatePolicy::Fixed(date) => Some(date),
        }
    }
}

named_enum! {
    "effort",
    /// What a word of `reasoning_effort` means.
    pub enum EffortTarget {
        /// `Reasoning: low`
        Low = "low",
        /// `Reasoning: medium`
        Medium = "medium",
        /// `Reasoning: high`
        High = "high",
        /// No reasoning: the prompt opens the final message, so that the model can neither think nor call a tool.
        Skip = "skip",
    }
}

named_enum! {
    "choice for unused tools",
    /// Whether the tools stay in the prompt if `tool_choice` is `none`.
    #[derive(Default)]
    pub enum ToolsWhenNone {
        /// They go: without a grammar it is the only way to keep the promise.
        #[default]
        Omit = "omit",
        /// They stay, which keeps the beginning of the prompt the same for a prefix cache.
        Keep = "keep",
    }
}

named_enum! {
    "way to force a call",
    /// How a tool is forced that `tool_choice` demands.
    #[derive(Default)]
    pub enum ForcePolicy {
        /// By the [`Constraint`](super::Constraint) of the job.
        #[default]
        Constraint = "constraint",
        /// By the end of the prompt: it holds the header of the call. For engines without grammars. A choice between
        /// several tools still needs the constraint.
        Prefix = "prefix",
    }
}

named_enum! {
    "choice for unknown parameters",
    /// What happens to parameters that an API does not have.
    #[derive(Default)]
    pub enum UnknownParameters {
        /// They have no effect.
        #[default]
        Ignore = "ignore",
        /// They are an error.
        Error = "error",
    }
}
