//! Arguments whose errors say what belongs there.
//!
//! PyO3 names a wrong argument in a note, which `str(error)` does not show and Python 3.9 and 3.10 do not have.

use std::borrow::Cow;
use std::num::NonZeroUsize;

use openai_harmony::chat::Role;
use pyo3::exceptions::{PyOverflowError, PyTypeError, PyValueError};
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

/// A string, each lone surrogate as U+FFFD.
pub fn string(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = value
        .cast::<PyString>()
        .map_err(|_| wrong_type(&format!("{name} must be a string"), value))?;
    Ok(text_of(text)?.into_owned())
}

/// A string or `None`.
pub fn optional_string(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if value.is_none() {
        return Ok(None);
    }
    let text = value
        .cast::<PyString>()
        .map_err(|_| wrong_type(&format!("{name} must be a string or None"), value))?;
    Ok(Some(text_of(text)?.into_owned()))
}

fn flag(name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    value
        .extract()
        .map_err(|_| wrong_type(&format!("{name} must be a bool"), value))
}

/// An integer of 0 or more.
pub fn count(name: &str, value: &Bound<'_, PyAny>) -> PyResult<usize> {
    counted(name, "an integer", value)
}

fn optional_count(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
    if value.is_none() {
        return Ok(None);
    }
    counted(name, "an integer or None", value).map(Some)
}

/// One that is too large to count anything is `usize::MAX`.
fn counted(name: &str, wanted: &str, value: &Bound<'_, PyAny>) -> PyResult<usize> {
    if value.is_instance_of::<PyBool>() || !value.hasattr("__index__")? {
        return Err(wrong_type(&format!("{name} must be {wanted}"), value));
    }
    match value.extract::<i64>() {
        Ok(number) => usize::try_from(number)
            .map_err(|_| PyValueError::new_err(format!("{name} must be 0 or more, not {number}"))),
        Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) && value.gt(0)? => {
            Ok(usize::MAX)
        }
        Err(error) if error.is_instance_of::<PyOverflowError>(value.py()) => {
            Err(PyValueError::new_err(format!("{name} must be 0 or more")))
        }
        // An array that has `__index__`, but more than one item.
        Err(error) if error.is_instance_of::<PyTypeError>(value.py()) => {
            Err(wrong_type(&format!("{name} must be {wanted}"), value))
        }
        Err(error) => Err(error),
    }
}

/// Functions that read the arguments of their names, for `from_py_with`.
macro_rules! arguments {
    ($read:ident -> $type:ty: $($name:ident),+) => {
        $(pub fn $name(value: &Bound<'_, PyAny>) -> PyResult<$type> {
            $read(stringify!($name), value)
        })+
    };
}

arguments!(string -> String: content_type, message, name, recipient);
arguments!(optional_string -> Option<String>: code, param, reason);
arguments!(flag -> bool: as_sampled, failed, guard_strings, participant_names, sampled_only, strict);
arguments!(count -> usize: choice);
arguments!(optional_count -> Option<usize>: cached_tokens);

/// The argument `num_threads`; `None` for one thread per processor.
pub fn num_threads(value: &Bound<'_, PyAny>) -> PyResult<Option<NonZeroUsize>> {
    let threads = optional_count("num_threads", value)?;
    let none = || PyValueError::new_err("num_threads must be at least 1");
    threads
        .map(|threads| NonZeroUsize::new(threads).ok_or_else(none))
        .transpose()
}

/// The argument `errors`.
pub fn errors<'a>(value: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, str>> {
    let word = value.cast::<PyString>();
    text_of(word.map_err(|_| wrong_type("errors must be a string", value))?)
}

/// One of the texts of a batch.
pub fn text_in_batch<'py>(text: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyString>> {
    text.cast_into()
        .map_err(|error| wrong_type("texts must be strings", &error.into_inner()))
}
