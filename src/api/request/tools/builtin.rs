//! Tools that the server runs: web search, the code interpreter, `mcp` servers.

use std::collections::BTreeMap;

use crate::api::error::BadRequest;
use crate::api::plan::CodeInterpreter;
use crate::api::request::json::Json;
use crate::api::request::node::Node;
use crate::chat::ToolNamespaceConfig;

/// `web_search`, `web_search_preview`, and both with a date: `web_search_2025_08_26`.
pub(in crate::api) fn is_web_search(kind: &str) -> bool {
    let Some(rest) = kind.strip_prefix("web_search") else {
        return false;
    };
    let date = rest.strip_prefix("_preview").unwrap_or(rest);
    date.is_empty()
        || date.starts_with('_')
            && date
                .bytes()
                .all(|byte| byte == b'_' || byte.is_ascii_digit())
}

pub(super) fn code_interpreter(tool: &Node<'_, '_>) -> Result<CodeInterpreter, BadRequest> {
    let container_id = match tool.get("container") {
        None => None,
        Some(container) => match container.value() {
            Json::String(id) => Some(id.to_owned()),
            Json::Object(_) => None,
            _ => return Err(container.wrong_type("a string or an object")),
        },
    };
    Ok(CodeInterpreter { container_id })
}

/// The tools of a server cannot be asked for without I/O, so the options hold them.
pub(super) fn mcp_server(
    tool: &Node<'_, '_>,
    namespaces: &BTreeMap<String, ToolNamespaceConfig>,
) -> Result<ToolNamespaceConfig, BadRequest> {
    let node = tool.require("server_label")?;
    let label = node.string()?;
    let Some(namespace) = namespaces.get(label) else {
        if namespaces.is_empty() {
            return Err(node.refuse(format!(
                "Invalid value: '{label}'. There are no MCP servers here."
            )));
        }
        return Err(node.none_of(namespaces.keys().map(String::as_str)));
    };
    let mut namespace = namespace.clone();
    namespace.name = label.to_owned();
    if let Some(allowed) = tool.get("allowed_tools") {
        let names = allowed_names(&allowed)?;
        namespace
            .tools
            .retain(|tool| names.contains(&tool.name.as_str()));
    }
    Ok(namespace)
}

/// A list of names, or an object with the list `tool_names`.
fn allowed_names<'v>(allowed: &Node<'v, '_>) -> Result<Vec<&'v str>, BadRequest> {
    if allowed.value().as_object().is_some() {
        return names(&allowed.require("tool_names")?);
    }
    names(allowed)
}

fn names<'v>(list: &Node<'v, '_>) -> Result<Vec<&'v str>, BadRequest> {
    list.elements()?.map(|name| name.string()).collect()
}
