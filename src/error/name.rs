//! The error for a name that no member of an enum has.

/// A name that no member of an enum has, for example a role other than the five.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[error("Unknown {what}: {name}")]
pub struct UnknownName {
    what: &'static str,
    name: String,
}

impl UnknownName {
    pub(crate) fn new(what: &'static str, name: &str) -> Self {
        Self {
            what,
            name: name.to_owned(),
        }
    }

    /// What the name should have been, in words: `role`, `part`, …
    pub fn what(&self) -> &str {
        self.what
    }

    /// The name as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }
}
