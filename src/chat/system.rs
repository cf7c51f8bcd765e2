//! The content of a system message.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ToolNamespaceConfig;
use crate::named::named_enum;

named_enum! {
    "reasoning effort",
    /// How long the model reasons before it answers.
    pub enum ReasoningEffort {
        /// `Reasoning: low`
        Low = "Low" | "low",
        /// `Reasoning: medium`, the default.
        Medium = "Medium" | "medium",
        /// `Reasoning: high`
        High = "High" | "high",
    }
}

/// Which channels the model may write to.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq, Default)]
pub struct ChannelConfig {
    /// The channels' names; if there are none the line is left out of the prompt.
    pub valid_channels: Vec<String>,
    /// Whether the prompt says that every message must name its channel.
    pub channel_required: bool,
}

impl ChannelConfig {
    /// The given channels, one of them required in every message.
    pub fn require_channels<I, T>(channels: I) -> Self
    where
        I: IntoIterator<Item = T>,
        T: Into<String>,
    {
        Self {
            valid_channels: channels.into_iter().map(Into::into).collect(),
            channel_required: true,
        }
    }
}

/// Facts about the model itself: identity, dates, reasoning effort, built-in tools, channels.
///
/// Every field may be `None`, which leaves its line out. [`SystemContent::new`] is what gpt-oss models were
/// trained with.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct SystemContent {
    /// The first line of the prompt.
    pub model_identity: Option<String>,
    /// The line `Reasoning: …`.
    pub reasoning_effort: Option<ReasoningEffort>,
    /// Tool namespaces by name, rendered in the order of their names.
    pub tools: Option<BTreeMap<String, ToolNamespaceConfig>>,
    /// The line `Current date: …`, usually `YYYY-MM-DD`.
    pub conversation_start_date: Option<String>,
    /// The line `Knowledge cutoff: …`, usually `YYYY-MM`.
    pub knowledge_cutoff: Option<String>,
    /// The line `# Valid channels: …`.
    pub channel_config: Option<ChannelConfig>,
}

impl Default for SystemContent {
    fn default() -> Self {
        Self {
            model_identity: Some(
                "You are ChatGPT, a large language model trained by OpenAI.".to_owned(),
            ),
            reasoning_effort: Some(ReasoningEffort::Medium),
            tools: None,
            conversation_start_date: None,
            knowledge_cutoff: Some("2024-06".to_owned()),
            channel_config: Some(ChannelConfig::require_channels([
                "analysis",
                "commentary",
                "final",
            ])),
        }
    }
}

impl SystemContent {
    /// The system content that gpt-oss models were trained with, without tools and dates.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the first line of the prompt.
    #[must_use]
    pub fn with_model_identity(mut self, model_identity: impl Into<String>) -> Self {
        self.model_identity = Some(model_identity.into());
        self
    }

    /// Sets how long the model reasons.
    #[must_use]
    pub fn with_reasoning_effort(mut self, effort: ReasoningEffort) -> Self {
        self.reasoning_effort = Some(effort);
        self
    }

    /// Adds a namespace of tools, in place of one of the same name.
    #[must_use]
    pub fn with_tools(mut self, namespace: ToolNamespaceConfig) -> Self {
        self.tools
            .get_or_insert_default()
            .insert(namespace.name.clone(), namespace);
        self
    }

    /// Sets the date of the conversation, usually `YYYY-MM-DD`.
    #[must_use]
    pub fn with_conversation_start_date(mut self, date: impl Into<String>) -> Self {
        self.conversation_start_date = Some(date.into());
        self
    }

    /// Sets the date at which the training data ends, usually `YYYY-MM`.
    #[must_use]
    pub fn with_knowledge_cutoff(mut self, date: impl Into<String>) -> Self {
        self.knowledge_cutoff = Some(date.into());
        self
    }

    /// Sets the channels that the model may write to.
    #[must_use]
    pub fn with_channel_config(mut self, channel_config: ChannelConfig) -> Self {
        self.channel_config = Some(channel_config);
        self
    }

    /// Sets the channels that the model may write to and requires one in every message.
    #[must_use]
    pub fn with_required_channels<I, T>(self, channels: I) -> Self
    where
        I: IntoIterator<Item = T>,
        T: Into<String>,
    {
        self.with_channel_config(ChannelConfig::require_channels(channels))
    }

    /// Adds the built-in `browser` tools.
    #[must_use]
    pub fn with_browser_tool(self) -> Self {
        self.with_tools(ToolNamespaceConfig::browser())
    }

    /// Adds the built-in `python` tool.
    #[must_use]
    pub fn with_python_tool(self) -> Self {
        self.with_tools(ToolNamespaceConfig::python())
    }
}
