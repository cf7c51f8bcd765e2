//! Fields that mean something else if they are null than if they are absent.

use serde::{Deserialize, Deserializer};

/// A field whose default is not null.
#[derive(Debug, Default)]
pub(super) enum Given<T> {
    #[default]
    Absent,
    Value(Option<T>),
}

impl<T> Given<T> {
    pub(super) fn or(self, default: Option<T>) -> Option<T> {
        match self {
            Self::Absent => default,
            Self::Value(value) => value,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::Value)
    }
}
