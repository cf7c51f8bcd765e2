//! References that describe nothing but themselves: `{"$ref": "#"}`.

use std::collections::HashMap;

use serde_json::Value;

use super::pointer::{self, Place};
use crate::error::{GrammarError, SchemaFault};

/// A `$ref` of a schema.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    /// The place of the `$ref`.
    pub(super) at: Place,
    /// What it says.
    pub(super) text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Finished,
}

/// # Errors
/// [`SchemaFault::Endless`] for a reference that leads back to itself before any property or item.
pub(super) fn check_circles(root: &Value, of: &str) -> Result<(), GrammarError> {
    let mut states = HashMap::new();
    // Chains of references may be long, so the walk keeps its own stack.
    let mut path = vec![];
    let mut starts = all(root);
    starts.push(String::new());
    loop {
        let Some((pointer, links)) = path.last_mut() else {
            match starts.pop() {
                Some(start) => open(root, &start, &mut states, &mut path),
                None => return Ok(()),
            }
            continue;
        };
        let Some(link) = links.pop() else {
            states.insert(std::mem::take(pointer), State::Finished);
            path.pop();
            continue;
        };
        let target = pointer::of_reference(&link.text).unwrap_or_default();
        if states.get(&target) == Some(&State::Open) {
            return Err(GrammarError::Schema {
                of: of.to_owned(),
                pointer: link.at.to_string(),
                problem: SchemaFault::Endless(link.text),
            });
        }
        open(root, &target, &mut states, &mut path);
    }
}

type Path = Vec<(String, Vec<Reference>)>;

/// Begins to walk what is at `pointer`, unless that was done.
fn open(root: &Value, pointer: &str, states: &mut HashMap<String, State>, path: &mut Path) {
    if states.contains_key(pointer) {
        return;
    }
    states.insert(pointer.to_owned(), State::Open);
    let links = root
        .pointer(pointer)
        .map(|schema| immediate(schema, &Place::at(pointer)));
    path.push((pointer.to_owned(), links.unwrap_or_default()));
}

/// The references of a schema that are about the same value as the schema itself.
fn immediate(schema: &Value, at: &Place) -> Vec<Reference> {
    let mut references = vec![];
    if let Some(text) = schema.get("$ref").and_then(Value::as_str) {
        references.push(Reference {
            at: at.key("$ref"),
            text: text.to_owned(),
        });
    }
    for keyword in ["anyOf", "oneOf", "allOf"] {
        let schemas = schema.get(keyword).and_then(Value::as_array);
        for (index, schema) in schemas.into_iter().flatten().enumerate() {
            references.extend(immediate(schema, &at.key(keyword).index(index)));
        }
    }
    references
}

/// The pointers that any `$ref` of the document leads to.
fn all(value: &Value) -> Vec<String> {
    let mut pointers = vec![];
    match value {
        Value::Object(members) => {
            let reference = members.get("$ref").and_then(Value::as_str);
            pointers.extend(reference.and_then(pointer::of_reference));
            pointers.extend(members.values().flat_map(all));
        }
        Value::Array(values) => pointers.extend(values.iter().flat_map(all)),
        _ => {}
    }
    pointers
}
