//! Thoughts that come back.

use crate::api::error::BadRequest;
use crate::api::host::Host;
use crate::api::request::history::History;
use crate::api::request::node::Node;
use crate::api::request::parameters::text;

/// The thought itself, or else what was sealed. A summary is not the thought.
pub(super) fn read(
    item: &Node<'_, '_>,
    history: &mut History<'_>,
    host: &impl Host,
) -> Result<(), BadRequest> {
    if let Some(content) = item.get("content") {
        let parts = content.elements()?;
        let texts = parts.map(|part| part.require("text")?.string());
        let texts = texts.collect::<Result<Vec<&str>, _>>()?;
        if !texts.is_empty() {
            history.say("analysis", texts.join("\n"));
            return Ok(());
        }
    }
    let sealed = text(item, "encrypted_content")?;
    if let Some(thought) = sealed.and_then(|sealed| host.unseal(sealed)) {
        history.say("analysis", thought);
    }
    Ok(())
}
