//! Functions as the chat template of the gpt-oss models writes them.

use crate::chat::ToolDescription;

/// Writes the comment and the type of one function.
pub(super) fn write_tool(_tool: &ToolDescription, _out: &mut String) {}
