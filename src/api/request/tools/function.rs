//! Functions with a JSON Schema.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Function;
use crate::api::error::BadRequest;
use crate::api::plan::FunctionKind;
use crate::api::request::node::Node;
use crate::chat::ToolDescription;

pub(super) fn read(
    function: &Node<'_, '_>,
    names: &mut BTreeSet<String>,
) -> Result<Function, BadRequest> {
    let name = name(function, names)?;
    let parameters = match function.get("parameters") {
        Some(parameters) => Some(Value::Object(parameters.object()?.to_map())),
        None => None,
    };
    let strict = match function.get("strict") {
        Some(strict) => strict.boolean()?,
        None => false,
    };
    Ok(Function {
        description: ToolDescription::new(name, description(function)?, parameters),
        kind: FunctionKind::Function,
        strict,
    })
}

/// A name that no other function has and that a header can hold.
pub(super) fn name(
    function: &Node<'_, '_>,
    names: &mut BTreeSet<String>,
) -> Result<String, BadRequest> {
    let node = function.require("name")?;
    let name = node.string()?;
    if name.is_empty() || name.contains(breaks_headers) {
        let path = node.path();
        return Err(node.refuse(format!(
            "Invalid '{path}': expected a name without whitespace, control characters and '<', but got {} instead.",
            node.value()
        )));
    }
    if !names.insert(name.to_owned()) {
        return Err(node.refuse(format!("Duplicate function name: '{name}'.")));
    }
    Ok(name.to_owned())
}

/// A header ends its words at whitespace, and the spellings of special tokens begin with `<`.
fn breaks_headers(character: char) -> bool {
    character.is_whitespace() || character.is_control() || character == '<'
}

pub(super) fn description<'v>(function: &Node<'v, '_>) -> Result<&'v str, BadRequest> {
    match function.get("description") {
        Some(description) => description.string(),
        None => Ok(""),
    }
}
