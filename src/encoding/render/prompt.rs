//! The text of system and developer messages.

mod response;
mod tools;

use crate::chat::{ChannelConfig, DeveloperContent, ReasoningEffort, SystemContent};
use crate::error::RenderErrorKind;

use super::format::PromptStyle;
use response::write_response_formats;
use tools::write_tools;

pub use response::ResponseFormat;

/// Writes the sections of a system message.
///
/// With `has_function_tools`, the line on channels says where calls of the application's functions go.
///
/// # Errors
/// A tool whose parameters are not a JSON Schema, in the style that looks at that.
pub(crate) fn write_system(
    system: &SystemContent,
    has_function_tools: bool,
    style: PromptStyle,
    out: &mut String,
) -> Result<(), RenderErrorKind> {
    let mut sections = Sections::new(out);
    write_identity(system, &mut sections);
    if let Some(effort) = system.reasoning_effort {
        let out = sections.begin();
        out.push_str("Reasoning: ");
        out.push_str(effort_word(effort));
    }
    if let Some(tools) = system.tools.as_ref().filter(|tools| !tools.is_empty()) {
        write_tools(tools, built_in_style(style), sections.begin())?;
    }
    if let Some(channels) = &system.channel_config {
        write_channels(channels, has_function_tools, &mut sections);
    }
    Ok(())
}

/// Writes the sections of a developer message, that of the response formats last. Returns where that of the tools begins, or what
/// comes in its place: the text before it are the instructions, with an empty line after them.
///
/// # Errors
/// A tool whose parameters are not a JSON Schema, in the style that looks at that.
pub(crate) fn write_developer(
    developer: &DeveloperContent,
    response_formats: &[ResponseFormat],
    style: PromptStyle,
    out: &mut String,
) -> Result<usize, RenderErrorKind> {
    let instructions = developer.instructions.as_deref();
    let tools = developer.tools.as_ref().filter(|tools| !tools.is_empty());
    let mut sections = Sections::new(out);
    if let Some(text) = instructions.filter(|text| style.writes_instructions(text)) {
        sections.begin().push_str("# Instructions");
        sections.begin().push_str(text);
        if style == PromptStyle::ChatTemplate && tools.is_none() && response_formats.is_empty() {
            // The template ends the section and begins none.
            sections.begin();
        }
    }
    let mut end_of_instructions = sections.out.len();
    if let Some(tools) = tools {
        let out = sections.begin();
        end_of_instructions = out.len();
        write_tools(tools, style, out)?;
    }
    if !response_formats.is_empty() {
        let out = sections.begin();
        if tools.is_none() {
            end_of_instructions = out.len();
        }
        write_response_formats(response_formats, out)?;
    }
    Ok(end_of_instructions)
}

impl PromptStyle {
    /// The template takes an empty text for none.
    fn writes_instructions(self, text: &str) -> bool {
        self != Self::ChatTemplate || !text.is_empty()
    }
}

/// The template holds the text of the built-in tools ready, in harmony's own form.
fn built_in_style(style: PromptStyle) -> PromptStyle {
    match style {
        PromptStyle::ChatTemplate => PromptStyle::Compatible,
        style => style,
    }
}

fn write_identity(system: &SystemContent, sections: &mut Sections<'_>) {
    let lines = [
        ("", &system.model_identity),
        ("Knowledge cutoff: ", &system.knowledge_cutoff),
        ("Current date: ", &system.conversation_start_date),
    ];
    let mut section: Option<&mut String> = None;
    for (label, value) in lines {
        let Some(value) = value else { continue };
        let out = match section.take() {
            Some(out) => {
                out.push('\n');
                out
            }
            None => sections.begin(),
        };
        out.push_str(label);
        out.push_str(value);
        section = Some(out);
    }
}

fn write_channels(channels: &ChannelConfig, has_function_tools: bool, sections: &mut Sections<'_>) {
    if channels.valid_channels.is_empty() {
        return;
    }
    let out = sections.begin();
    out.push_str("# Valid channels: ");
    for (index, channel) in channels.valid_channels.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        out.push_str(channel);
    }
    out.push('.');
    if channels.channel_required {
        out.push_str(" Channel must be included for every message.");
    }
    if has_function_tools {
        out.push_str("\nCalls to these tools must go to the commentary channel: 'functions'.");
    }
}

fn effort_word(effort: ReasoningEffort) -> &'static str {
    match effort {
        ReasoningEffort::Low => "low",
        ReasoningEffort::Medium => "medium",
        ReasoningEffort::High => "high",
    }
}

/// Sections of a prompt, with an empty line between each two.
struct Sections<'a> {
    out: &'a mut String,
    is_first: bool,
}

impl<'a> Sections<'a> {
    fn new(out: &'a mut String) -> Self {
        Self {
            out,
            is_first: true,
        }
    }

    /// Where the next section's text goes.
    fn begin(&mut self) -> &mut String {
        if !std::mem::take(&mut self.is_first) {
            self.out.push_str("\n\n");
        }
        self.out
    }
}
