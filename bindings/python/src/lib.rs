//! The Python extension `openai_harmony._core`: convert, call, convert.
//!
//! The classes here are the bases of the public Python classes, so that the hot methods (`encode`, `decode`,
//! `process`, the parser's properties) have no Python frame in between. Conversations are read from the models field by field, results cross as
//! JSON; exceptions and enums are Python's own, and are looked up once.

mod api;
mod arguments;
mod convert;
mod data;
mod encoding;
mod errors;
mod events;
mod grammar;
mod members;
mod parser;
mod plain_text;
mod read;
mod render;
mod rendered;
mod telemetry;
mod text;
mod tokenizer;
mod transcript;
mod write;

use pyo3::prelude::*;

/// The native half of the package.
///
/// It needs no interpreter lock: classes that change are borrowed, and what is borrowed twice at once is an error.
#[pymodule(gil_used = false)]
mod _core {
    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;

    use openai_harmony::chat::ToolNamespaceConfig;
    use openai_harmony::Recipient;

    use super::arguments;

    #[pymodule_export]
    use super::api::{
        chat_completions_from_conversation, conversation_from_chat_completions, PyConstraint,
        PyJob, PyRequestReader,
    };
    #[pymodule_export]
    use super::api::{PyChatSse, PyChatStream, PyResponsesSse, PyResponsesStream};
    #[pymodule_export]
    use super::data::{
        detect_form, merge_rollouts, pack_plan, parse_batch, prepare, PyColumn, PyTable,
    };
    #[pymodule_export]
    use super::encoding::{register_encoding, PyHarmonyEncoding};
    #[pymodule_export]
    use super::events::{PyContentDelta, PyMessageEnded, PyMessageStarted, PyRepair};
    #[pymodule_export]
    use super::grammar::{PyMatcher, PyOutputGrammar};
    #[pymodule_export]
    use super::parser::PyStreamableParser;
    #[pymodule_export]
    use super::plain_text::{
        bytes_batch, count_up_to, single_token, token_buffer, tokens_bytes, with_offsets,
    };
    #[pymodule_export]
    use super::render::{fit, render_batch, render_with};
    #[pymodule_export]
    use super::rendered::PyRendered;
    #[pymodule_export]
    use super::transcript::PyTranscript;

    #[pymodule_export]
    #[allow(non_upper_case_globals)] // the name is Python's
    const __version__: &str = env!("CARGO_PKG_VERSION");

    /// The built-in tool namespace of this name, `browser` or `python`, as JSON.
    #[pyfunction]
    fn get_tool_namespace_config(name: &str) -> PyResult<String> {
        let namespace = match name {
            "browser" => ToolNamespaceConfig::browser(),
            "python" => ToolNamespaceConfig::python(),
            _ => {
                return Err(PyValueError::new_err(format!(
                    "Unknown tool namespace: {name}"
                )))
            }
        };
        super::convert::to_json(&namespace)
    }

    /// What a recipient is: kind, name, and the function of a built-in tool.
    #[pyfunction]
    fn recipient_of(
        #[pyo3(from_py_with = arguments::recipient)] recipient: String,
    ) -> (&'static str, String, Option<String>) {
        let (kind, name, function) = match Recipient::of(&recipient) {
            Recipient::Function { name } => ("function", name, None),
            Recipient::BuiltinTool { tool, function } => ("builtin_tool", tool, function),
            Recipient::Assistant => ("assistant", &recipient[..], None),
            // `Other`, and whatever this module does not know yet.
            _ => ("other", &recipient[..], None),
        };
        (kind, name.to_owned(), function.map(str::to_owned))
    }

    /// The content type without `<|constrain|>`.
    #[pyfunction]
    fn plain_content_type(
        #[pyo3(from_py_with = arguments::content_type)] content_type: String,
    ) -> String {
        openai_harmony::plain_content_type(&content_type).to_owned()
    }
}
