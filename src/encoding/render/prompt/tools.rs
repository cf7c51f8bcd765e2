//! The section `# Tools`: each namespace as TypeScript.

use std::collections::BTreeMap;

use crate::chat::{ToolDescription, ToolNamespaceConfig};
use crate::encoding::render::format::PromptStyle;
use crate::encoding::render::typescript;
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
    out.extend(["## ", name, "\n"]);
    // Without functions the description is prose, with them it is a comment on what follows.
    let comment = if tools.is_empty() { "" } else { "// " };
    for line in description.iter().flat_map(|text| text.lines()) {
        out.extend(["\n", comment, line]);
    }
    if tools.is_empty() {
        return Ok(());
    }
    out.extend(["\nnamespace ", name, " {\n"]);
    // Types that a schema gives a name must not be called as a function of the namespace is.
    let mut taken = tools.iter().map(|tool| tool.name.clone()).collect();
    for tool in tools {
        out.push('\n');
        match style {
            PromptStyle::Compatible => write_compatible_tool(tool, out),
            PromptStyle::Faithful => write_faithful_tool(tool, &mut taken, out)?,
            PromptStyle::ChatTemplate => write_template_tool(tool, out),
        }
    }
    out.extend(["\n} // namespace ", name]);
    Ok(())
}

fn write_compatible_tool(tool: &ToolDescription, out: &mut String) {
    for line in tool.description.lines() {
        out.extend(["// ", line, "\n"]);
    }
    out.extend(["type ", &tool.name, " = ("]);
    if let Some(schema) = &tool.parameters {
        out.push_str("_: ");
        typescript::write_compatible(schema, out);
    }
    out.push_str(") => any;\n");
}

fn write_template_tool(tool: &ToolDescription, out: &mut String) {
    out.extend(["// ", &tool.description, "\ntype ", &tool.name, " = "]);
    typescript::write_template(tool.parameters.as_ref(), out);
    out.push_str(" => any;\n");
}

/// Writes the types that the schema gives a name, then the tool. `taken` are the names in use.
fn write_faithful_tool(
    tool: &ToolDescription,
    taken: &mut typescript::Names,
    out: &mut String,
) -> Result<(), RenderErrorKind> {
    let mut parameters = String::new();
    if let Some(schema) = &tool.parameters {
        parameters.push_str("_: ");
        let aliases =
            typescript::write_faithful(schema, taken, &mut parameters).map_err(|error| {
                RenderErrorKind::InvalidSchema {
                    tool: tool.name.clone(),
                    error,
                }
            })?;
        for alias in aliases {
            out.extend([&alias.to_string(), "\n"]);
        }
    }
    for line in typescript::lines(&tool.description) {
        out.extend(["// ", line, "\n"]);
    }
    out.extend(["type ", &tool.name, " = (", &parameters, ") => any;\n"]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn section(tools: Vec<ToolDescription>) -> Result<String, RenderErrorKind> {
        let namespace = ToolNamespaceConfig {
            name: "functions".to_owned(),
            description: None,
            tools,
        };
        let namespaces = BTreeMap::from([("functions".to_owned(), namespace)]);
        let mut out = String::new();
        write_tools(&namespaces, PromptStyle::Faithful, &mut out)?;
        Ok(out)
    }

    #[test]
    fn named_types_stand_before_their_tool() {
        let tree = |description: &str| {
            json!({
                "type": "object",
                "properties": {"tree": {"$ref": "#/$defs/Node"}},
                "$defs": {"Node": {"type": "object", "description": description, "properties": {
                    "next": {"$ref": "#/$defs/Node"},
                }}},
            })
        };
        let tools = vec![
            ToolDescription::new("plant", "Plants\u{2028}a tree.", Some(tree("A tree."))),
            ToolDescription::new("Node2", "", None),
            ToolDescription::new("fell", "Fells it.", Some(tree("A trunk."))),
        ];
        let wanted = "# Tools\n\n## functions\n\nnamespace functions {\n\n\
            // A tree.\ntype Node = {\nnext?: Node,\n};\n\n\
            // Plants\n// a tree.\ntype plant = (_: {\ntree?: Node,\n}) => any;\n\n\
            type Node2 = () => any;\n\n\
            // A trunk.\ntype Node3 = {\nnext?: Node3,\n};\n\n\
            // Fells it.\ntype fell = (_: {\ntree?: Node3,\n}) => any;\n\n\
            } // namespace functions";
        assert_eq!(section(tools).as_deref(), Ok(wanted));
    }

    #[test]
    fn parameters_that_are_no_schema_are_an_error() {
        let parameters = json!({"type": "object", "properties": {"a": {"type": 5}}});
        let error = section(vec![ToolDescription::new("f", "F", Some(parameters))]).unwrap_err();
        let RenderErrorKind::InvalidSchema { tool, error } = error else {
            panic!("{error}");
        };
        assert_eq!(
            (tool.as_str(), error.path.as_str()),
            ("f", "/properties/a/type")
        );
    }
}
