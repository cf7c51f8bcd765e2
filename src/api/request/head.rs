//! The messages before the conversation: the system message and the developer message.

use super::date::day_of;
use super::effort::Effort;
use super::tools::Tools;
use crate::api::options::{DatePolicy, Options};
use crate::chat::{
    DeveloperContent, Message, Role, SystemContent, ToolDescription, ToolNamespaceConfig,
};

/// The system message of a request. `tools` is `None` if the prompt offers none.
pub(in crate::api) fn system(
    options: &Options,
    effort: Effort,
    tools: Option<&Tools>,
    date: Option<String>,
) -> SystemContent {
    let mut system = options.system.clone();
    system.reasoning_effort = Some(effort.level);
    if date.is_some() {
        system.conversation_start_date = date;
    }
    let Some(tools) = tools else { return system };
    if tools.web_search {
        system = system.with_tools(ToolNamespaceConfig::browser());
    }
    if tools.code_interpreter.is_some() {
        system = system.with_tools(ToolNamespaceConfig::python());
    }
    let servers = tools.mcp_servers.iter().cloned();
    servers.fold(system, SystemContent::with_tools)
}

/// The date of a conversation that begins now.
pub(in crate::api) fn date(options: &Options, now: impl FnOnce() -> f64) -> Option<String> {
    match &options.date {
        DatePolicy::Today => Some(day_of(now())),
        DatePolicy::Fixed(date) => Some(date.clone()),
        DatePolicy::None => None,
    }
}

/// System and developer message; the second is left out if it has nothing to say.
pub(in crate::api) fn messages(
    system: SystemContent,
    instructions: &[String],
    functions: Vec<ToolDescription>,
    has_response_format: bool,
) -> impl Iterator<Item = Message> {
    let mut developer = DeveloperContent::new();
    if !instructions.is_empty() {
        developer = developer.with_instructions(instructions.join("\n\n"));
    }
    if !functions.is_empty() {
        developer = developer.with_function_tools(functions);
    }
    let is_needed = has_response_format || developer != DeveloperContent::new();
    let developer = is_needed.then(|| Message::from_role_and_content(Role::Developer, developer));
    [Message::from_role_and_content(Role::System, system)]
        .into_iter()
        .chain(developer)
}
