//! The section `# Tools`: each namespace as TypeScript.

use std::collections::BTreeMap;

use serde_json::Value;

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
    for tool in tools {
        out.push('\n');
        write_tool(tool, style, out)?;
    }
    push_all(out, ["\n} // namespace ", name]);
    Ok(())
}

fn write_tool(
    tool: &ToolDescription,
    style: PromptStyle,
    out: &mut String,
) -> Result<(), RenderErrorKind> {
    if style == PromptStyle::ChatTemplate {
        template::write_tool(tool, out);
        return Ok(());
    }
    for line in tool.description.lines() {
        push_all(out, ["// ", line, "\n"]);
    }
    push_all(out, ["type ", &tool.name, " = ("]);
    if let Some(parameters) = &tool.parameters {
        out.push_str("_: ");
        write_parameters(parameters, style, out)?;
    }
    out.push_str(") => any;\n");
    Ok(())
}

fn write_parameters(
    schema: &Value,
    style: PromptStyle,
    out: &mut String,
) -> Result<(), RenderErrorKind> {
    match style {
        PromptStyle::Compatible | PromptStyle::ChatTemplate | PromptStyle::Faithful => {
            typescript::write_compatible(schema, out);
            Ok(())
        }
    }
}
