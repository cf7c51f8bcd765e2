//! Grammars for constrained decoding: what a model may write after `<|start|>assistant`, given the request.
//!
//! ```
//! use openai_harmony::grammar::{OutputGrammar, Tool, ToolChoice};
//! use serde_json::json;
//!
//! let parameters = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
//! let grammar = OutputGrammar::builder()
//!     .tool(Tool::function("get_weather", Some(parameters)))
//!     .tool_choice(ToolChoice::Required)
//!     .build()?;
//! # let _ = grammar;
//! # Ok::<(), openai_harmony::grammar::GrammarError>(())
//! ```

mod automaton;
mod builder;
mod error;
mod expression;
mod json;
mod language;
mod options;
mod prefix;
mod schema;
mod tool;

pub use builder::OutputGrammarBuilder;
pub use error::{GrammarError, PrefixFault, SchemaFault};
pub use options::{Compat, Reasoning, ResponseFormat, Schemas, Unsupported};
pub use tool::{Tool, ToolChoice};

use language::Language;

/// The grammar of everything that a model may correctly answer to a request.
#[derive(Clone, Debug)]
pub struct OutputGrammar {
    language: Language,
    parallel: bool,
    unsupported: Unsupported,
}

impl OutputGrammar {
    /// A grammar from its parts: tools, the tool choice, the form of the answer, …
    ///
    /// Without any, the model may think and answer with text.
    pub fn builder() -> OutputGrammarBuilder {
        OutputGrammarBuilder::default()
    }

    fn new(language: Language, parallel: bool, unsupported: Unsupported) -> Self {
        Self {
            language,
            parallel,
            unsupported,
        }
    }
}
