//! Who speaks.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The role of a message's author.
///
/// In JSON and in rendered headers it is the lower-case word, for example `"assistant"`.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person, or the program that speaks for them.
    User,
    /// The model.
    Assistant,
    /// Identity, reasoning effort, built-in tools and channels of the model.
    System,
    /// Instructions and function tools of the application.
    Developer,
    /// The output of a tool; the author's name says which one.
    Tool,
}

impl Role {
    /// Every role, in the order of their declaration.
    pub const ALL: [Role; 5] = [
        Role::User,
        Role::Assistant,
        Role::System,
        Role::Developer,
        Role::Tool,
    ];

    /// The role as the word that stands in headers and JSON.
    ///
    /// ```
    /// # use openai_harmony::chat::Role;
    /// assert_eq!(Role::Developer.as_str(), "developer");
    /// ```
    pub const fn as_str(&self) -> &'static str {
        match self {
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::System => "system",
            Role::Developer => "developer",
            Role::Tool => "tool",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names none of the five roles.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[error("Unknown role: {0}")]
pub struct UnknownRole(
    /// The word as it was given.
    pub String,
);

impl TryFrom<&str> for Role {
    type Error = UnknownRole;

    fn try_from(word: &str) -> Result<Self, UnknownRole> {
        Role::ALL
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or_else(|| UnknownRole(word.to_owned()))
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
