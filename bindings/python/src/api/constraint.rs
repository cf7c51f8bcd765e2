//! What may be sampled.

use openai_harmony::api::{Constraint, FinalForm};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;
use serde_json::{json, Value};

use super::dict::{serialized, to_object};
use crate::convert::cached;
use crate::grammar::refuse;

/// What the model may write after ``<|start|>assistant``, for engines that support constrained sampling.
///
/// A request has one if it demands something that the model might not do on its own: a call, no call, arguments or an
/// answer in a certain form.
#[pyclass(name = "Constraint", module = "openai_harmony.api", frozen, eq)]
#[derive(PartialEq)]
pub struct PyConstraint(pub Constraint);

#[pymethods]
impl PyConstraint {
    /// Whether there may or must be calls: ``"none"``, ``"auto"`` or ``"required"``.
    #[getter]
    fn calls<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        serialized(py, &self.0.calls)
    }

    /// The functions that may be called, each with the JSON Schema of its arguments; None for any arguments.
    #[getter]
    fn functions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        serialized(py, &self.0.functions)
    }

    /// The other tools that may be called, by recipient: ``browser.search``, ``python``, ``label.tool``.
    #[getter]
    fn others(&self) -> Vec<String> {
        self.0.others.clone()
    }

    /// Whether the request allows more than one call.
    #[getter]
    fn parallel(&self) -> bool {
        self.0.parallel
    }

    /// The form of the final message: None for text, ``"json"`` for any JSON object, or a JSON Schema.
    #[getter]
    fn r#final<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match &self.0.final_form {
            None => Ok(py.None().into_bound(py)),
            Some(FinalForm::Json) => Ok(PyString::new(py, "json").into_any()),
            Some(FinalForm::Schema(schema)) => to_object(py, schema),
        }
    }

    /// Whether the request wants schemas to be followed strictly, of a function or of the answer.
    #[getter]
    fn strict(&self) -> bool {
        self.0.strict
    }

    /// The constraint as a dict that is ready for JSON.
    ///
    /// Returns:
    ///     dict[str, Any]: Its properties by name.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> from openai_harmony.api import ChatCompletions
    /// >>> tools = [{"type": "function", "function": {"name": "now"}}]
    /// >>> body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "tools": tools, "tool_choice": "required"}
    /// >>> constraint = ChatCompletions(load_harmony_encoding("HarmonyGptOss")).prepare(body).constraint
    /// >>> constraint.to_dict()["calls"]
    /// 'required'
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        serialized(py, &self.0)
    }

    /// The grammar of what may be sampled after the prompt; its output ends at the first call.
    ///
    /// Returns:
    ///     OutputGrammar: The grammar.
    ///
    /// Raises:
    ///     HarmonyGrammarError: A schema of the request is not one, or the prompt ends inside a JSON body.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> from openai_harmony.api import ChatCompletions
    /// >>> tools = [{"type": "function", "function": {"name": "now"}}]
    /// >>> body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "tools": tools, "tool_choice": "required"}
    /// >>> constraint = ChatCompletions(load_harmony_encoding("HarmonyGptOss")).prepare(body).constraint
    /// >>> constraint.grammar().stop_tokens
    /// [200002, 200012]
    fn grammar<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        grammar_of(py, &self.0)
    }

    fn __repr__(&self) -> String {
        let value = serde_json::to_value(&self.0).unwrap_or(Value::Null);
        format!("Constraint({value})")
    }
}

/// Python's `OutputGrammar`, which keeps what it was made of.
pub fn grammar_of<'py>(py: Python<'py>, constraint: &Constraint) -> PyResult<Bound<'py, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    constraint
        .check_vocabulary()
        .map_err(|error| refuse(py, error))?;
    let options = json!({
        "namespaces": [],
        "tools": constraint.tools,
        "tool_choice": constraint.tool_choice(),
        "parallel_tool_calls": false,
        "response_format": constraint.response_format(),
        "reasoning": "auto",
        "schemas": "all",
        "preambles": null,
        "json_mark": true,
        "compat": null,
        "unsupported": "error",
        "prefix": constraint.prefix,
    });
    let class = cached(py, &CLASS, "openai_harmony.grammar", "OutputGrammar")?;
    class.call1((options.to_string(),))
}
