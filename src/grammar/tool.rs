//! The tools of a request, and which of them may be called.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chat::ToolNamespaceConfig;
use crate::error::GrammarError;

/// A tool that the model knows: where calls go, and what their arguments look like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// What follows `to=`: `functions.get_weather`, `browser.search`, `python`.
    pub recipient: String,
    /// The JSON Schema of the arguments. Without one, the arguments are free text.
    #[serde(default)]
    pub parameters: Option<Value>,
    /// What the request says about strictness; see [`Schemas`](super::Schemas). With `true`, a missing `additionalProperties` is read
    /// as `false`.
    #[serde(default)]
    pub strict: Option<bool>,
}

impl Tool {
    /// A function of the application, called as `functions.NAME`.
    ///
    /// ```
    /// use openai_harmony::grammar::Tool;
    ///
    /// assert_eq!(Tool::function("now", None).recipient, "functions.now");
    /// ```
    pub fn function(name: &str, parameters: Option<Value>) -> Self {
        Self::new(format!("functions.{name}"), parameters)
    }

    /// A tool with the given recipient.
    pub fn new(recipient: impl Into<String>, parameters: Option<Value>) -> Self {
        Self {
            recipient: recipient.into(),
            parameters,
            strict: None,
        }
    }

    /// Sets what the request says about strictness.
    pub fn with_strict(mut self, strict: bool) -> Self {
        self.strict = Some(strict);
        self
    }

    /// The tools of a namespace; a namespace without tools, such as `python`, is a tool itself.
    ///
    /// ```
    /// use openai_harmony::chat::ToolNamespaceConfig;
    /// use openai_harmony::grammar::Tool;
    ///
    /// let tools = Tool::in_namespace(&ToolNamespaceConfig::browser());
    /// assert_eq!(tools[0].recipient, "browser.search");
    /// ```
    pub fn in_namespace(namespace: &ToolNamespaceConfig) -> Vec<Self> {
        if namespace.tools.is_empty() {
            return vec![Self::new(&namespace.name, None)];
        }
        let tools = namespace.tools.iter();
        let tools = tools.map(|tool| {
            let recipient = format!("{}.{}", namespace.name, tool.name);
            Self::new(recipient, tool.parameters.clone())
        });
        tools.collect()
    }

    /// What a tool choice may call this tool: `get_weather`, or the whole `functions.get_weather`.
    fn names(&self) -> impl Iterator<Item = &str> {
        let recipient = self.recipient.as_str();
        std::iter::once(recipient).chain(recipient.strip_prefix("functions."))
    }
}

/// Which tools the model may or must call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolChoice {
    /// An answer, or a call of any tool.
    #[default]
    Auto,
    /// An answer.
    None,
    /// A call of any tool.
    Required,
    /// A call of this tool, given by its name or its recipient.
    Named(String),
    /// Only these tools may be called, given by their names or recipients.
    Allowed {
        /// The names.
        tools: Vec<String>,
        /// Whether one of them must be called.
        required: bool,
    },
}

impl ToolChoice {
    /// Whether the output must be a call.
    pub(super) fn is_required(&self) -> bool {
        match self {
            Self::Auto | Self::None => false,
            Self::Required | Self::Named(_) => true,
            Self::Allowed { required, .. } => *required,
        }
    }

    /// The tools that may be called.
    ///
    /// # Errors
    /// [`GrammarError::NoTool`] for a name that no tool has, [`GrammarError::Contradiction`] if there is nothing to call.
    pub(super) fn select(&self, tools: Vec<Tool>) -> Result<Vec<Tool>, GrammarError> {
        let selected = match self {
            Self::None => vec![],
            Self::Auto | Self::Required => tools,
            Self::Named(name) => named(std::slice::from_ref(name), tools)?,
            Self::Allowed { tools: names, .. } => named(names, tools)?,
        };
        if selected.is_empty() && self.is_required() {
            return Err(GrammarError::Contradiction(
                "the tool choice requires a call, but there is no tool to call",
            ));
        }
        Ok(selected)
    }
}

fn named(names: &[String], tools: Vec<Tool>) -> Result<Vec<Tool>, GrammarError> {
    let known: HashSet<&str> = tools.iter().flat_map(Tool::names).collect();
    let unknown = |name: &&String| !known.contains(name.as_str());
    if let Some(name) = names.iter().find(unknown) {
        return Err(GrammarError::NoTool {
            name: name.clone(),
            tools: tools.into_iter().map(|tool| tool.recipient).collect(),
        });
    }
    let wanted: HashSet<&str> = names.iter().map(String::as_str).collect();
    let is_wanted = |tool: &Tool| tool.names().any(|name| wanted.contains(name));
    Ok(tools.into_iter().filter(is_wanted).collect())
}

/// # Errors
/// [`GrammarError::ToolName`], [`GrammarError::DuplicateTool`].
pub(super) fn check_recipients(tools: &[Tool]) -> Result<(), GrammarError> {
    let mut seen = HashSet::new();
    for tool in tools {
        check_name(&tool.recipient)?;
        if !seen.insert(&tool.recipient) {
            return Err(GrammarError::DuplicateTool(tool.recipient.clone()));
        }
    }
    Ok(())
}

/// Names go into headers as they are, so they must not look like the rest of a header.
fn check_name(recipient: &str) -> Result<(), GrammarError> {
    let problem = if recipient.is_empty() || recipient.ends_with('.') || recipient.starts_with('.')
    {
        "it is empty"
    } else if recipient.contains(char::is_whitespace) {
        "it has whitespace"
    } else if recipient.contains('<') {
        "it has '<', with which special tokens begin"
    } else if recipient.contains(char::is_control) {
        "it has control characters"
    } else if recipient == "assistant" {
        "a message to the assistant is not a call"
    } else {
        return Ok(());
    };
    Err(GrammarError::ToolName {
        name: recipient.to_owned(),
        problem,
    })
}
