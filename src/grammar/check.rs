//! Checking whole outputs, without an engine.

use super::matcher::{Matcher, Refused};

/// What [`OutputGrammar::check`](super::OutputGrammar::check) found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The first token that is not allowed, with its index and what was expected.
    pub refused: Option<Refused>,
    /// Whether the allowed tokens are a whole output.
    pub is_complete: bool,
    /// The stop token that alone is missing for that, as where an engine strips it.
    pub missing_stop: Option<u32>,
}

impl Checked {
    /// Whether all tokens are allowed, and are a whole output.
    pub fn is_ok(&self) -> bool {
        self.refused.is_none() && self.is_complete
    }
}

/// Feeds the tokens to the matcher until one is refused.
pub(super) fn check(mut matcher: Matcher, tokens: &[u32]) -> Checked {
    let refused = tokens.iter().find_map(|token| matcher.accept(*token).err());
    Checked {
        refused,
        is_complete: matcher.is_complete(),
        missing_stop: matcher.missing_stop(),
    }
}
