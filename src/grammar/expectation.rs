//! What was expected, in words, for errors.

use super::automaton::{Automaton, NodeId};

/// So many alternatives are listed.
const MOST: usize = 6;

/// So many bytes of a header's text are shown.
const LONGEST: usize = 40;

/// What may come: JSON of `body`, if that is incomplete or can be continued, or what `node` allows.
pub(super) fn expectation(
    automaton: &Automaton,
    body: Option<&str>,
    node: Option<NodeId>,
) -> String {
    let mut all = vec![];
    all.extend(body.map(|of| format!("JSON that fits the schema of {of}")));
    if let Some(node) = node {
        let state = automaton.node(node);
        if state.free_text {
            all.push("ordinary text".to_owned());
        }
        all.extend(
            state
                .specials
                .iter()
                .map(|(token, _)| token.text().to_owned()),
        );
        let bytes = state.bytes.iter();
        all.extend(bytes.map(|(byte, next)| format!("{:?}", text(automaton, *byte, *next))));
    }
    let more = all.len().saturating_sub(MOST);
    all.truncate(MOST);
    match (all.is_empty(), more) {
        (true, _) => "the end of the output".to_owned(),
        (false, 0) => all.join(" or "),
        (false, _) => format!("{} or {more} others", all.join(" or ")),
    }
}

/// The text from a byte to where there is more than one way on.
fn text(automaton: &Automaton, first: u8, mut next: NodeId) -> String {
    let mut bytes = vec![first];
    while bytes.len() < LONGEST {
        let node = automaton.node(next);
        let [(byte, after)] = node.bytes.as_slice() else {
            break;
        };
        if !node.specials.is_empty() {
            break;
        }
        bytes.push(*byte);
        next = *after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
