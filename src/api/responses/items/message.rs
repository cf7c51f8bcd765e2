//! Messages of users, of the assistant, and instructions.

use crate::api::error::BadRequest;
use crate::api::request::history::History;
use crate::api::request::node::Node;
use crate::api::request::parameters::text;
use crate::api::request::text::text_of;

const ROLES: [&str; 4] = ["user", "assistant", "system", "developer"];
const INPUT_PARTS: [&str; 1] = ["input_text"];
const ASSISTANT_PARTS: [&str; 2] = ["output_text", "refusal"];

/// A message of the assistant that comes before a call is a preamble, unless its phase says otherwise.
pub(super) fn read(
    message: &Node<'_, '_>,
    comes_before_call: bool,
    history: &mut History<'_>,
) -> Result<(), BadRequest> {
    let role = message.require("role")?;
    let content = message.require("content");
    match role.string()? {
        "user" => history.user(None, text_of(&content?, &INPUT_PARTS)?),
        "system" | "developer" => history.instruct(&text_of(&content?, &INPUT_PARTS)?),
        "assistant" => {
            let is_preamble = match text(message, "phase")? {
                Some(phase) => phase == "commentary",
                None => comes_before_call,
            };
            let channel = if is_preamble { "commentary" } else { "final" };
            history.say(channel, text_of(&content?, &ASSISTANT_PARTS)?);
        }
        _ => return Err(role.none_of(ROLES)),
    }
    Ok(())
}
