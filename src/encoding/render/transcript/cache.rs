//! What a server has in its prefix cache.

use serde::{Deserialize, Serialize};

/// The prefix cache of a server that was given every prompt and sampled every completion.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cache {
    /// How many tokens it has seen.
    seen: usize,
    /// How many of them still are the beginning of the next prompt.
    valid: usize,
}

impl Cache {
    /// A cache that has seen this many tokens, all of them valid.
    pub(super) fn of(tokens: usize) -> Self {
        Self {
            seen: tokens,
            valid: tokens,
        }
    }

    pub(super) fn invalidate_from(&mut self, position: usize) {
        self.valid = self.valid.min(position);
    }

    /// Index of the first token that is no longer valid, if there is one.
    pub(super) fn stale_from(self) -> Option<usize> {
        (self.valid < self.seen).then_some(self.valid)
    }
}
