//! Content that is a string or a list of parts.

use std::borrow::Cow;

use super::json::Json;
use super::node::Node;
use crate::api::error::BadRequest;

/// The types of parts that hold text, in either API.
const TEXT_PARTS: [&str; 3] = ["text", "input_text", "output_text"];

/// The text of a content: a string, or parts joined with nothing between them.
///
/// `own` are the types of parts that the API has here, as an error lists them; the text parts of the other API are
/// read as well.
///
/// # Errors
/// A part that is not text.
pub(in crate::api) fn text_of<'v>(
    content: &Node<'v, '_>,
    own: &[&str],
) -> Result<Cow<'v, str>, BadRequest> {
    match content.value() {
        Json::String(text) => Ok(Cow::Borrowed(text)),
        Json::Array(_) => joined_parts(content, own),
        _ => Err(content.wrong_type("a string or an array of content parts")),
    }
}

fn joined_parts<'v>(content: &Node<'v, '_>, own: &[&str]) -> Result<Cow<'v, str>, BadRequest> {
    let mut text = Cow::Borrowed("");
    for part in content.elements()? {
        append(&mut text, text_of_part(&part, own)?);
    }
    Ok(text)
}

fn text_of_part<'v>(part: &Node<'v, '_>, own: &[&str]) -> Result<&'v str, BadRequest> {
    // Some clients write parts as bare strings.
    if let Json::String(text) = part.value() {
        return Ok(text);
    }
    let kind = part.require("type")?;
    match kind.string()? {
        name if TEXT_PARTS.contains(&name) => part.require("text")?.string(),
        "refusal" if own.contains(&"refusal") => part.require("refusal")?.string(),
        _ => Err(kind.none_of(own.iter().copied())),
    }
}

/// Appends without a copy while there is only one text.
fn append<'v>(text: &mut Cow<'v, str>, more: &'v str) {
    if text.is_empty() {
        *text = Cow::Borrowed(more);
    } else if !more.is_empty() {
        text.to_mut().push_str(more);
    }
}
