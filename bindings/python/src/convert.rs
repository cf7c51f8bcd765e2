//! Values that cross between Python and Rust.

use std::fmt::Display;
use std::str::FromStr;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;
use serde::de::DeserializeOwned;
use serde::Serialize;

use super::members::PyEnum;

/// A member of an enum from its word. Members are strings in Python, so both come here as text.
pub fn read_word<T: PyEnum + FromStr<Err: Display>>(word: &str) -> PyResult<T> {
    word.parse::<T>().map_err(|error| {
        let known: Vec<_> = T::ALL.iter().map(|member| member.value()).collect();
        PyValueError::new_err(format!("{error}; known are {}", known.join(", ")))
    })
}

/// Writes messages and namespaces as JSON.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| PyRuntimeError::new_err(error.to_string()))
}

/// Reads what [`to_json`] wrote; a `ValueError` for anything else.
pub fn from_json<T: DeserializeOwned>(text: &str) -> PyResult<T> {
    serde_json::from_str(text)
        .map_err(|error| PyValueError::new_err(format!("invalid state: {error}")))
}

/// A header word. The three channels are interned, because a caller asks for the channel at every token.
pub fn word<'py>(py: Python<'py>, word: &str) -> Bound<'py, PyString> {
    match word {
        "analysis" => intern!(py, "analysis").clone(),
        "commentary" => intern!(py, "commentary").clone(),
        "final" => intern!(py, "final").clone(),
        other => PyString::new(py, other),
    }
}

/// An attribute of a module of this package, looked up once.
pub fn cached<'py>(
    py: Python<'py>,
    cell: &'static PyOnceLock<Py<PyAny>>,
    module: &str,
    name: &str,
) -> PyResult<&'py Bound<'py, PyAny>> {
    let object = cell.get_or_try_init(py, || -> PyResult<_> {
        Ok(py.import(module)?.getattr(name)?.unbind())
    })?;
    Ok(object.bind(py))
}
