//! What a message holds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{SystemContent, ToolDescription, ToolNamespaceConfig};

/// One part of a message's content; in JSON the field `type` says which kind it is.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum Content {
    /// Plain text.
    Text(TextContent),
    /// The sections of a system message; only allowed there.
    SystemContent(SystemContent),
    /// The sections of a developer message; only allowed there.
    DeveloperContent(DeveloperContent),
}

impl<T: Into<String>> From<T> for Content {
    fn from(text: T) -> Self {
        Self::Text(TextContent { text: text.into() })
    }
}

impl From<TextContent> for Content {
    fn from(text: TextContent) -> Self {
        Self::Text(text)
    }
}

impl From<SystemContent> for Content {
    fn from(system: SystemContent) -> Self {
        Self::SystemContent(system)
    }
}

impl From<DeveloperContent> for Content {
    fn from(developer: DeveloperContent) -> Self {
        Self::DeveloperContent(developer)
    }
}

/// Plain text of a message.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct TextContent {
    /// The text; special-token text in it is ordinary text.
    pub text: String,
}

/// Instructions and tools of the application.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Default)]
pub struct DeveloperContent {
    /// The text under `# Instructions`; `None` leaves the section out.
    pub instructions: Option<String>,
    /// Tool namespaces by name, rendered in the order of their names.
    pub tools: Option<BTreeMap<String, ToolNamespaceConfig>>,
}

impl DeveloperContent {
    /// Content without instructions and tools.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the text under `# Instructions`.
    #[must_use]
    pub fn with_instructions(mut self, instructions: impl Into<String>) -> Self {
        self.instructions = Some(instructions.into());
        self
    }

    /// Adds a namespace of tools, in place of one of the same name.
    #[must_use]
    pub fn with_tools(mut self, namespace: ToolNamespaceConfig) -> Self {
        self.tools
            .get_or_insert_default()
            .insert(namespace.name.clone(), namespace);
        self
    }

    /// Adds the application's functions, as the namespace `functions`.
    ///
    /// ```
    /// # use openai_harmony::chat::{DeveloperContent, ToolDescription};
    /// let content = DeveloperContent::new()
    ///     .with_function_tools(vec![ToolDescription::new("now", "The time.", None)]);
    /// assert_eq!(content.tools.unwrap()["functions"].tools[0].name, "now");
    /// ```
    #[must_use]
    pub fn with_function_tools(self, tools: Vec<ToolDescription>) -> Self {
        self.with_tools(ToolNamespaceConfig::new("functions", None, tools))
    }
}
