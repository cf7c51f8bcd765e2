//! What a recipient refers to.

use crate::chat::Role;
use crate::encoding::header::builtin_tool;

/// What the recipient of a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recipient<'a> {
    /// A function of the developer's: `functions.get_weather`.
    Function {
        /// The name without the namespace: `get_weather`.
        name: &'a str,
    },
    /// A built-in tool: `browser.search`, `python`.
    BuiltinTool {
        /// `browser` or `python`.
        tool: &'a str,
        /// The function of the tool, if it has several: `search`.
        function: Option<&'a str>,
    },
    /// The model itself, as the recipient of a tool's output.
    Assistant,
    /// Anyone else: a user, or a tool of another namespace (`mcp.list`).
    Other {
        /// The recipient as it is written.
        name: &'a str,
    },
}

impl<'a> Recipient<'a> {
    /// What a message's `recipient` refers to.
    ///
    /// ```
    /// use openai_harmony::Recipient;
    ///
    /// assert_eq!(Recipient::of("functions.add"), Recipient::Function { name: "add" });
    /// assert_eq!(
    ///     Recipient::of("browser.open"),
    ///     Recipient::BuiltinTool { tool: "browser", function: Some("open") },
    /// );
    /// ```
    pub fn of(recipient: &'a str) -> Self {
        if recipient == Role::Assistant.as_str() {
            return Self::Assistant;
        }
        if let Some(name) = recipient.strip_prefix("functions.") {
            return Self::Function { name };
        }
        if builtin_tool(recipient).is_some() {
            let (tool, function) = match recipient.split_once('.') {
                Some((tool, function)) => (tool, Some(function)),
                None => (recipient, None),
            };
            return Self::BuiltinTool { tool, function };
        }
        Self::Other { name: recipient }
    }

    /// Whether it is a function, a built-in tool, or a dotted name of another namespace.
    pub fn is_tool(&self) -> bool {
        match self {
            Self::Function { .. } | Self::BuiltinTool { .. } => true,
            Self::Assistant => false,
            Self::Other { name } => name.contains('.'),
        }
    }
}
