//! What may be sampled.

use openai_harmony::api::Constraint;
use pyo3::prelude::*;
use pyo3::types::PyString;
use serde_json::Value;

use super::dict::{serialized, to_object};

/// What the model may write after ``<|start|>assistant``, for engines that can be told.
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
        use openai_harmony::api::FinalForm;
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
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        serialized(py, &self.0)
    }

    fn __repr__(&self) -> String {
        let value = serde_json::to_value(&self.0).unwrap_or(Value::Null);
        format!("Constraint({value})")
    }
}
