//! The section `# Tools`: each namespace as TypeScript.

use std::collections::{BTreeMap, HashSet};

use super::{push_all, template};
use crate::chat::{ToolDescription, ToolNamespaceConfig};
use crate::encoding::format::PromptStyle;
use crate::encoding::typescript;
use crate::error::RenderErrorKind;

/// Writes the section, namespaces in the order of their keys.
pub(super) fn write_tools(
    namespaces: &BTreeMap<String, ToolNamespaceConfig>,
    style: PromptStyle,
    out: &mut String,
) -> Result<(), RenderErrorKind> {
    out.push_str("# Tools");
    for namespace in namespaces.values() {
        out.push_str("\n\n");
        write_namespace(namespace, style, out)?;
    }
    Ok(())
}

fn write_namespace(
    namespace: &ToolNamespaceConfig,
    style: PromptStyle,
    out: &mut String,
) -> Result<(), RenderErrorKind> {
    let ToolNamespaceConfig {
        name,
        description,
        tools,
    } = namespace;
    push_all(out, ["## ", name, "\n"]);
    // Without functions the description is prose, with them it is a comment on what follows.
    let comment = if tools.is_empty() { "" } else { "// " };
    for line in description.iter().flat_map(|text| text.lines()) {
        push_all(out, ["\n", comment, line]);
    }
    if tools.is_empty() {
        return Ok(());
    }
    push_all(out, ["\nnamespace ", name, " {\n"]);
    // Types that a schema gives a name must not be called as a function of the namespace is.
    let mut taken = tools.iter().map(|tool| tool.name.clone()).collect();
    for tool in tools {
        out.push('\n');
        match style {
            PromptStyle::Compatible => write_compatible_tool(tool, out),
            PromptStyle::Faithful => write_faithful_tool(tool, &mut taken, out)?,
            PromptStyle::ChatTemplate => template::write_tool(tool, out),
        }
    }
    push_all(out, ["\n} // namespace ", name]);
    Ok(())
}

fn write_compatible_tool(tool: &ToolDescription, out: &mut String) {
    for line in tool.description.lines() {
        push_all(out, ["// ", line, "\n"]);
    }
    push_all(out, ["type ", &tool.name, " = ("]);
    if let Some(schema) = &tool.parameters {
        out.push_str("_: ");
        typescript::write_compatible(schema, out);
    }
    out.push_str(") => any;\n");
}

fn write_faithful_tool(
    tool: &ToolDescription,
    taken: &mut HashSet<String>,
    out: &mut String,
) -> Result<(), RenderErrorKind> {
    // These end a line too, and with it a comment.
    let ends_line = |c| matches!(c, '\r' | '\u{2028}' | '\u{2029}');
    for line in tool
        .description
        .lines()
        .flat_map(|line| line.split(ends_line))
    {
        push_all(out, ["// ", line, "\n"]);
    }
    push_all(out, ["type ", &tool.name, " = ("]);
    let mut aliases = Vec::new();
    if let Some(schema) = &tool.parameters {
        out.push_str("_: ");
        aliases = typescript::write_faithful(schema, taken, out).map_err(|error| {
            RenderErrorKind::InvalidSchema {
                tool: tool.name.clone(),
                error,
            }
        })?;
    }
    out.push_str(") => any;\n");
    for alias in aliases {
        out.push_str(&alias.to_string());
    }
    Ok(())
}
