//! Arguments whose errors say what belongs there.
//!
//! PyO3 names a wrong argument in a note, which `str(error)` does not show and Python 3.9 and 3.10 do not have.

use openai_harmony::chat::Role;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyIterator, PyString};

use super::convert::read_word;
use super::text::text_of;

/// `text must be a string, not int`, for `wanted` up to the comma.
pub fn wrong_type(wanted: &str, value: &Bound<'_, PyAny>) -> PyErr {
    PyTypeError::new_err(format!("{wanted}, not {}", type_name(value)))
}

/// The name of an object's class, for errors.
pub fn type_name(value: &Bound<'_, PyAny>) -> String {
    if value.is_none() {
        return "None".to_owned();
    }
    value
        .get_type()
        .name()
        .map_or_else(|_| "object".to_owned(), |name| name.to_string())
}

/// The argument `text`.
pub fn text<'a, 'py>(value: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, PyString>> {
    value
        .cast()
        .map_err(|_| wrong_type("text must be a string", value))
}

/// A role: a member of `Role`, which is a string, or its word.
pub fn role(value: &Bound<'_, PyAny>) -> PyResult<Role> {
    let word = value
        .cast::<PyString>()
        .map_err(|_| wrong_type("a role must be a Role or the word of one", value))?;
    read_word(&text_of(word)?)
}

/// A role, or None.
pub fn optional_role(value: &Bound<'_, PyAny>) -> PyResult<Option<Role>> {
    if value.is_none() {
        return Ok(None);
    }
    role(value).map(Some)
}

/// The argument `token`: one token id.
pub fn token(value: &Bound<'_, PyAny>) -> PyResult<u32> {
    token_id(value, "token must be", "an integer")
}

/// A token id. Errors begin with `subject` and name the `kind` of value that belongs there.
pub fn token_id(value: &Bound<'_, PyAny>, subject: &str, kind: &str) -> PyResult<u32> {
    let wrong_kind = || wrong_type(&format!("{subject} {kind}"), value);
    if value.is_instance_of::<PyBool>() {
        return Err(wrong_kind());
    }
    value.extract().map_err(|error: PyErr| {
        let py = value.py();
        if matches!(value.hasattr("__index__"), Ok(false)) {
            return wrong_kind();
        }
        if !error.is_instance_of::<PyOverflowError>(py) {
            return error;
        }
        match value.cast::<PyInt>().map(|int| int.str()) {
            Ok(Ok(int)) => {
                PyOverflowError::new_err(format!("{subject} from 0 to 4294967295, not {int}"))
            }
            // An int of more digits than Python converts to text, or an object that converts to an int.
            _ => PyOverflowError::new_err(format!("{subject} from 0 to 4294967295")),
        }
    })
}

/// The items of an argument that can be iterated over; `wanted` begins the error for one that cannot.
pub fn items<'py>(value: &Bound<'py, PyAny>, wanted: &str) -> PyResult<Bound<'py, PyIterator>> {
    value
        .try_iter()
        .map_err(|error| match value.hasattr("__iter__") {
            Ok(false) => wrong_type(wanted, value),
            _ => error,
        })
}
