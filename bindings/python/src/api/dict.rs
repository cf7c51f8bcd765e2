//! JSON values as Python objects.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString};
use serde::Serialize;
use serde_json::{Number, Value};

/// What `json.loads` would give for a value.
pub fn to_object<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(value) => PyBool::new(py, *value).to_owned().into_any(),
        Value::Number(number) => number_of(py, number),
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Array(items) => {
            let items: Vec<_> = items
                .iter()
                .map(|item| to_object(py, item))
                .collect::<PyResult<_>>()?;
            PyList::new(py, items)?.into_any()
        }
        Value::Object(fields) => {
            let dict = PyDict::new(py);
            for (name, value) in fields {
                dict.set_item(PyString::intern(py, name), to_object(py, value)?)?;
            }
            dict.into_any()
        }
    })
}

fn number_of<'py>(py: Python<'py>, number: &Number) -> Bound<'py, PyAny> {
    match (number.as_u64(), number.as_i64()) {
        (Some(number), _) => PyInt::new(py, number).into_any(),
        (None, Some(number)) => PyInt::new(py, number).into_any(),
        // OK because serde_json has no other numbers here: every one that is not an integer is a float.
        (None, None) => PyFloat::new(py, number.as_f64().unwrap_or(f64::NAN)).into_any(),
    }
}

/// What `json.loads` would give for the JSON of a value.
pub fn serialized<'py, T: Serialize>(py: Python<'py>, value: &T) -> PyResult<Bound<'py, PyAny>> {
    let value = serde_json::to_value(value)
        .map_err(|error| pyo3::exceptions::PyRuntimeError::new_err(error.to_string()))?;
    to_object(py, &value)
}
