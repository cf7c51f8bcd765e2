//! Who speaks.

use serde::{Deserialize, Serialize};

use crate::named::named_enum;

named_enum! {
    "role",
    /// The role of a message's author.
    ///
    /// In JSON and in rendered headers it is the lower-case word, for example `"assistant"`.
    ///
    /// ```
    /// # use openai_harmony::chat::Role;
    /// assert_eq!(Role::Developer.as_str(), "developer");
    /// assert_eq!("tool".parse(), Ok(Role::Tool));
    /// ```
    pub enum Role {
        /// The person, or the program that speaks for them.
        User = "user",
        /// The model.
        Assistant = "assistant",
        /// Identity, reasoning effort, built-in tools and channels of the model.
        System = "system",
        /// Instructions and function tools of the application.
        Developer = "developer",
        /// The output of a tool; the author's name says which one.
        Tool = "tool",
    }
}

/// As in release 0.0.8; [`FromStr`](std::str::FromStr) names the word in its error.
impl TryFrom<&str> for Role {
    type Error = &'static str;

    fn try_from(word: &str) -> Result<Self, Self::Error> {
        word.parse().map_err(|_| "Unknown role")
    }
}

/// The author of a message: a role and, for tools and named speakers, a name.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Author {
    /// The role of the author.
    pub role: Role,
    /// The tool's name (`functions.get_weather`) or the speaker's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Author {
    /// An author with a name.
    pub fn new(role: Role, name: impl Into<String>) -> Self {
        Self {
            role,
            name: Some(name.into()),
        }
    }
}

impl From<Role> for Author {
    fn from(role: Role) -> Self {
        Self { role, name: None }
    }
}
