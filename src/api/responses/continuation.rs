//! The response that a request continues, and the items of the conversation.

use std::collections::{HashMap, HashSet};

use serde_json::{json, Value};

use super::items::{self, referred_id};
use super::stored::{ResponseStore, StoredResponse};
use crate::api::error::{BadRequest, BadRequestCode};
use crate::api::host::Host;
use crate::api::request::history::History;
use crate::api::request::json::Json;
use crate::api::request::node::Node;

/// The items of a conversation, stored ones and new ones.
pub(super) struct Items {
    /// The items of the stored response: its input, then its output.
    pub(super) stored: Vec<Value>,
    /// The items of the request, each as it came, with references resolved.
    pub(super) new: Vec<Value>,
}

/// The stored response that the request names.
pub(super) fn previous(
    body: &Node<'_, '_>,
    store: &impl ResponseStore,
) -> Result<Option<StoredResponse>, BadRequest> {
    let Some(node) = body.get("previous_response_id") else {
        return Ok(None);
    };
    let id = node.string()?;
    let missing = || {
        node.fail(
            BadRequestCode::PreviousResponseNotFound,
            format!("Previous response with id '{id}' not found."),
        )
    };
    store.response(id).map(Some).ok_or_else(missing)
}

/// The items of a request, with what references refer to in their place.
fn resolved(
    input: &Node<'_, '_>,
    stored: &[Value],
    store: &impl ResponseStore,
) -> Result<Vec<Value>, BadRequest> {
    let by_id: HashMap<&str, &Value> = stored
        .iter()
        .filter_map(|item| Some((item.get("id")?.as_str()?, item)))
        .collect();
    let mut referred = HashSet::new();
    let resolve = |item: Node<'_, '_>| {
        let Some(id) = referred_id(&item)? else {
            return Ok(item.value().to_value());
        };
        // As at OpenAI. A short request could name a long item any number of times.
        if !referred.insert(id.to_owned()) {
            let problem = format!("Duplicate item found with id {id}. Remove duplicate items from your input and try again.");
            return Err(item.refuse(problem));
        }
        let known = by_id.get(id).map(|item| Value::clone(item));
        known
            .or_else(|| store.item(id))
            .ok_or_else(|| item.refuse(format!("Item with id '{id}' not found.")))
    };
    input.elements()?.map(resolve).collect()
}

impl Items {
    pub(super) fn read(
        input: &Node<'_, '_>,
        previous: Option<&StoredResponse>,
        store: &impl ResponseStore,
    ) -> Result<Self, BadRequest> {
        let stored = match previous {
            Some(previous) => [&previous.input[..], &previous.output].concat(),
            None => Vec::new(),
        };
        let new = match input.value() {
            Json::String(text) => vec![json!({
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": text}],
            })],
            Json::Array(_) => resolved(input, &stored, store)?,
            _ => return Err(input.wrong_type("a string or an array of input items")),
        };
        Ok(Self { stored, new })
    }

    pub(super) fn count(&self) -> usize {
        self.stored.len() + self.new.len()
    }

    /// Writes the items into the history; returns how many messages the stored ones make.
    pub(super) fn lower<'v>(
        &'v self,
        history: &mut History<'v>,
        host: &impl Host,
    ) -> Result<usize, BadRequest> {
        let stored = self.stored.iter().enumerate();
        let new = self.new.iter().enumerate();
        let stored = stored.map(|(index, item)| Node::element("previous_response_id", index, item));
        let new = new.map(|(index, item)| Node::element("input", index, item));
        let nodes: Vec<Node<'v, '_>> = stored.chain(new).collect();
        let first_new = self.stored.len();
        items::read(&nodes, 0..first_new, history, host)?;
        let stored_messages = history.messages.len();
        items::read(&nodes, first_new..nodes.len(), history, host)?;
        Ok(stored_messages)
    }

    /// All items in their order.
    pub(super) fn into_all(self) -> Vec<Value> {
        let mut items = self.stored;
        items.extend(self.new);
        items
    }
}
