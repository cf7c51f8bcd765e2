//! What the format leaves open: the choices in which renderers of harmony differ.

use serde::{Deserialize, Serialize};

use crate::encoding::header::HeaderStyle;
pub use crate::encoding::header::{ContentTypeForm, HeaderOrder};
use crate::named::named_enum;

/// How messages are written: one choice for each point on which renderers of harmony differ.
///
/// The presets are [`HARMONY_0_0_8`](Self::HARMONY_0_0_8), which is also the default,
/// [`OSS_HARMONY_0_0_11`](Self::OSS_HARMONY_0_0_11) and [`CHAT_TEMPLATE`](Self::CHAT_TEMPLATE). In JSON the field
/// `preset` names the one that gives the fields that are left out.
///
/// ```
/// use openai_harmony::render::{AnalysisPolicy, HeaderOrder, RenderFormat};
///
/// let as_the_model_writes = RenderFormat::HARMONY_0_0_8
///     .with_header_order(HeaderOrder::ChannelFirst)
///     .with_analysis(AnalysisPolicy::CompletedTurns);
/// assert_ne!(as_the_model_writes, RenderFormat::default());
/// ```
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[serde(from = "FormatRecord")]
#[non_exhaustive]
pub struct RenderFormat {
    /// The order of recipient and channel in a header.
    pub header_order: HeaderOrder,
    /// How a content type is written.
    pub content_types: ContentTypeForm,
    /// How the text of system and developer messages is written, above all their tools.
    pub prompts: PromptStyle,
    /// How the output of a tool is written.
    pub tool_results: ToolResultForm,
    /// Which analysis messages are left out.
    pub analysis: AnalysisPolicy,
}

impl RenderFormat {
    /// As `openai-harmony` 0.0.8 renders.
    pub const HARMONY_0_0_8: Self = Self {
        header_order: HeaderOrder::RecipientFirst,
        content_types: ContentTypeForm::AsGiven,
        prompts: PromptStyle::Compatible,
        tool_results: ToolResultForm::AsGiven,
        analysis: AnalysisPolicy::AutoDrop,
    };

    /// As `oss-harmony` 0.0.11 renders: on the commentary channel the channel comes first, and every content type
    /// comes after `<|constrain|>`.
    pub const OSS_HARMONY_0_0_11: Self = Self {
        header_order: HeaderOrder::ChannelFirstOnCommentary,
        content_types: ContentTypeForm::Constrained,
        ..Self::HARMONY_0_0_8
    };

    /// As the chat template that comes with the gpt-oss models writes a conversation.
    pub const CHAT_TEMPLATE: Self = Self {
        header_order: HeaderOrder::RecipientFirst,
        content_types: ContentTypeForm::PlainOrJson,
        prompts: PromptStyle::ChatTemplate,
        tool_results: ToolResultForm::JsonString,
        analysis: AnalysisPolicy::ChatTemplate,
    };

    /// Sets the order of recipient and channel in a header.
    #[must_use]
    pub const fn with_header_order(mut self, header_order: HeaderOrder) -> Self {
        self.header_order = header_order;
        self
    }

    /// Sets how a content type is written.
    #[must_use]
    pub const fn with_content_types(mut self, content_types: ContentTypeForm) -> Self {
        self.content_types = content_types;
        self
    }

    /// Sets how the text of system and developer messages is written.
    #[must_use]
    pub const fn with_prompts(mut self, prompts: PromptStyle) -> Self {
        self.prompts = prompts;
        self
    }

    /// Sets how the output of a tool is written.
    #[must_use]
    pub const fn with_tool_results(mut self, tool_results: ToolResultForm) -> Self {
        self.tool_results = tool_results;
        self
    }

    /// Sets which analysis messages are left out.
    #[must_use]
    pub const fn with_analysis(mut self, analysis: AnalysisPolicy) -> Self {
        self.analysis = analysis;
        self
    }

    /// The default of [`RenderEnding::Training`](super::RenderEnding): 0.0.8's, except that the analysis of the last turn stays, which
    /// is to be learned.
    pub(crate) const TRAINING: Self = Self {
        analysis: AnalysisPolicy::ChatTemplate,
        ..Self::HARMONY_0_0_8
    };

    pub(crate) fn header_style(&self) -> HeaderStyle {
        HeaderStyle {
            order: self.header_order,
            content_types: self.content_types,
        }
    }
}

impl Default for RenderFormat {
    fn default() -> Self {
        Self::HARMONY_0_0_8
    }
}

named_enum! {
    "format preset",
    /// The name of a set of choices.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum FormatPreset {
        /// [`RenderFormat::HARMONY_0_0_8`], in JSON `harmony-0.0.8`.
        #[default]
        Harmony008 = "harmony-0.0.8",
        /// [`RenderFormat::OSS_HARMONY_0_0_11`], in JSON `oss-harmony-0.0.11`.
        OssHarmony0011 = "oss-harmony-0.0.11",
        /// [`RenderFormat::CHAT_TEMPLATE`], in JSON `chat-template`.
        ChatTemplate = "chat-template",
    }
}

impl From<FormatPreset> for RenderFormat {
    fn from(preset: FormatPreset) -> Self {
        match preset {
            FormatPreset::Harmony008 => Self::HARMONY_0_0_8,
            FormatPreset::OssHarmony0011 => Self::OSS_HARMONY_0_0_11,
            FormatPreset::ChatTemplate => Self::CHAT_TEMPLATE,
        }
    }
}

/// A format as it is read from JSON: a preset and what differs from it.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FormatRecord {
    preset: Option<FormatPreset>,
    header_order: Option<HeaderOrder>,
    content_types: Option<ContentTypeForm>,
    prompts: Option<PromptStyle>,
    tool_results: Option<ToolResultForm>,
    analysis: Option<AnalysisPolicy>,
}

impl FormatRecord {
    /// The format. Without a preset, `default` has the choices that are left out.
    pub(super) fn over(self, default: RenderFormat) -> RenderFormat {
        let preset = self.preset.map_or(default, RenderFormat::from);
        RenderFormat {
            header_order: self.header_order.unwrap_or(preset.header_order),
            content_types: self.content_types.unwrap_or(preset.content_types),
            prompts: self.prompts.unwrap_or(preset.prompts),
            tool_results: self.tool_results.unwrap_or(preset.tool_results),
            analysis: self.analysis.unwrap_or(preset.analysis),
        }
    }
}

impl From<FormatRecord> for RenderFormat {
    fn from(record: FormatRecord) -> Self {
        record.over(Self::default())
    }
}

named_enum! {
    "prompt style",
    /// How the text of system and developer messages is written.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum PromptStyle {
        /// As release 0.0.8 writes it: what its converter does not know becomes `any`.
        #[default]
        Compatible = "compatible",
        /// Tools as their JSON Schema says, in TypeScript that a compiler reads.
        Faithful = "faithful",
        /// As the chat template of the gpt-oss models writes it.
        ChatTemplate = "chat_template",
    }
}

named_enum! {
    "tool result form",
    /// How the output of a tool is written.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum ToolResultForm {
        /// The text itself.
        #[default]
        AsGiven = "as_given",
        /// The text as a JSON string, with quotes and escapes, as the chat template writes it.
        JsonString = "json_string",
    }
}

named_enum! {
    "analysis policy",
    /// Which analysis messages are left out.
    ///
    /// A turn is everything up to and including the assistant's message on the `final` channel that ends it.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum AnalysisPolicy {
        /// As release 0.0.8: if the assistant's last message is on the `final` channel, everything on the `analysis`
        /// channel before the first final message of the conversation, calls and tool outputs there included.
        #[default]
        AutoDrop = "auto_drop",
        /// Nothing is left out.
        KeepAll = "keep_all",
        /// The analysis of every turn that has ended. Calls and tool outputs stay, whatever their channel, and so does
        /// the analysis of the current turn.
        CompletedTurns = "completed_turns",
        /// As the chat template: like `CompletedTurns`, but where no completion follows, the analysis directly before a
        /// last final message stays.
        ChatTemplate = "chat_template",
    }
}
