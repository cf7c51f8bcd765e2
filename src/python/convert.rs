//! Values that cross between Python and Rust.

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyString};
use serde::{de::DeserializeOwned, Serialize};

use super::errors;
use crate::chat::Role;

/// The members of `Role` in the order of [`Role::ALL`].
static ROLES: PyOnceLock<Vec<Py<PyAny>>> = PyOnceLock::new();

/// The member of Python's `Role`; made once, so that a property costs no look-up of the enum.
pub fn role_member(py: Python<'_>, role: Role) -> PyResult<Py<PyAny>> {
    let members = ROLES.get_or_try_init(py, || -> PyResult<_> {
        let class = py.import("openai_harmony.chat")?.getattr("Role")?;
        Role::ALL
            .iter()
            .map(|role| Ok(class.call1((role.as_str(),))?.unbind()))
            .collect()
    })?;
    let position = Role::ALL.iter().position(|known| *known == role);
    position
        .and_then(|position| members.get(position))
        .map(|member| member.clone_ref(py))
        .ok_or_else(|| PyRuntimeError::new_err(format!("Role.ALL lacks {role}")))
}

/// A role from its word. `Role` members are strings in Python, so both come here as text.
pub fn read_role(word: &str) -> PyResult<Role> {
    Role::try_from(word).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// Reads the JSON form of a conversation or message.
pub fn from_json<T: DeserializeOwned>(py: Python<'_>, payload: &[u8]) -> PyResult<T> {
    serde_json::from_slice(payload).map_err(|error| errors::invalid_conversation(py, &error))
}

/// Writes messages and namespaces as JSON.
pub fn to_json<T: Serialize + ?Sized>(value: &T) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| PyRuntimeError::new_err(error.to_string()))
}

/// A Python list of ids.
pub fn token_list<'py>(py: Python<'py>, tokens: &[u32]) -> PyResult<Bound<'py, PyAny>> {
    Ok(PyList::new(py, tokens)?.into_any())
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
