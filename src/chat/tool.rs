//! Tools that the model may call.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{json, Value};

/// One function that the model may call.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct ToolDescription {
    /// The function's name, without its namespace.
    pub name: String,
    /// What it does; each line becomes a comment above the function. JSON `null` is read as no text.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub description: String,
    /// A JSON Schema of the arguments' object; `None` for a function without arguments.
    pub parameters: Option<Value>,
}

impl ToolDescription {
    /// A function with its description and the JSON Schema of its arguments.
    pub fn new(
        name: impl Into<String>,
        description: impl Into<String>,
        parameters: Option<Value>,
    ) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            parameters,
        }
    }
}

fn null_as_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Option::<String>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A namespace of tools, as one section under `# Tools`.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct ToolNamespaceConfig {
    /// The namespace, for example `functions`: a call goes to `functions.NAME`.
    pub name: String,
    /// Text above the functions.
    pub description: Option<String>,
    /// The functions; an empty namespace, such as [`ToolNamespaceConfig::python`], is called by its own name.
    pub tools: Vec<ToolDescription>,
}

impl ToolNamespaceConfig {
    /// A namespace of tools.
    pub fn new(
        name: impl Into<String>,
        description: Option<String>,
        tools: Vec<ToolDescription>,
    ) -> Self {
        Self {
            name: name.into(),
            description,
            tools,
        }
    }

    /// The built-in `browser` namespace (`search`, `open`, `find`), in the words gpt-oss was trained with.
    pub fn browser() -> Self {
        Self::new(
            "browser",
            Some(BROWSER.to_owned()),
            vec![
                ToolDescription::new("search", BROWSER_SEARCH, Some(browser_search_schema())),
                ToolDescription::new("open", BROWSER_OPEN, Some(browser_open_schema())),
                ToolDescription::new("find", BROWSER_FIND, Some(browser_find_schema())),
            ],
        )
    }

    /// The built-in `python` tool, in the words gpt-oss was trained with.
    pub fn python() -> Self {
        Self::new("python", Some(PYTHON.to_owned()), Vec::new())
    }
}

// The texts below are part of the format: the models were trained on exactly these words.

const BROWSER: &str = "\
Tool for browsing.
The `cursor` appears in brackets before each browsing display: `[{cursor}]`.
Cite information from the tool using the following format:
`【{cursor}†L{line_start}(-L{line_end})?】`, for example: `【6†L9-L11】` or `【8†L3】`.
Do not quote more than 10 words directly from the tool output.
sources=web (default: web)";

const BROWSER_SEARCH: &str =
    "Searches for information related to `query` and displays `topn` results.";

const BROWSER_OPEN: &str = "\
Opens the link `id` from the page indicated by `cursor` starting at line number `loc`, showing `num_lines` lines.
Valid link ids are displayed with the formatting: `【{id}†.*】`.
If `cursor` is not provided, the most recent page is implied.
If `id` is a string, it is treated as a fully qualified URL associated with `source`.
If `loc` is not provided, the viewport will be positioned at the beginning of the document or centered on the most relevant passage, if available.
Use this function without `id` to scroll to a new location of an opened page.";

const BROWSER_FIND: &str =
    "Finds exact matches of `pattern` in the current page, or the page given by `cursor`.";

const PYTHON: &str = "\
Use this tool to execute Python code in your chain of thought. The code will not be shown to the user. This tool should be used for internal reasoning, but not for code that is intended to be visible to the user (e.g. when creating plots, tables, or files).

When you send a message containing Python code to python, it will be executed in a stateful Jupyter notebook environment. python will respond with the output of the execution or time out after 120.0 seconds. The drive at '/mnt/data' can be used to save and persist user files. Internet access for this session is UNKNOWN. Depends on the cluster.";

fn browser_search_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "query": {"type": "string"},
            "topn": {"type": "number", "default": 10},
            "source": {"type": "string"},
        },
        "required": ["query"],
    })
}

fn browser_open_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": {"type": ["number", "string"], "default": -1},
            "cursor": {"type": "number", "default": -1},
            "loc": {"type": "number", "default": -1},
            "num_lines": {"type": "number", "default": -1},
            "view_source": {"type": "boolean", "default": false},
            "source": {"type": "string"},
        },
    })
}

fn browser_find_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "pattern": {"type": "string"},
            "cursor": {"type": "number", "default": -1},
        },
        "required": ["pattern"],
    })
}
