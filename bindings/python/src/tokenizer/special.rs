//! `allowed_special` and `disallowed_special` from Python.

use openai_harmony::tokenizer::{SpecialPolicy, SpecialTokens};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use crate::arguments::{items, wrong_type};
use crate::text::text_of;

const WANTED: &str = "special tokens must be \"all\" or a collection of strings";

/// Special tokens by their texts: `"all"` or a collection of strings.
pub struct Special(SpecialTokens);

impl Special {
    pub const ALL: Self = Self(SpecialTokens::All);
    pub const NONE: Self = Self(SpecialTokens::NONE);
}

/// The policy of `allowed_special` and `disallowed_special`.
pub fn policy(allowed: Special, disallowed: Special) -> SpecialPolicy {
    SpecialPolicy::new(allowed.0, disallowed.0)
}

impl<'py> FromPyObject<'_, 'py> for Special {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(word) = value.cast::<PyString>() {
            return match text_of(&word)?.as_ref() {
                "all" => Ok(Self::ALL),
                // Nothing, as in release 0.0.8.
                "" => Ok(Self::NONE),
                // Release 0.0.8 takes the letters one by one, which nobody can have meant.
                word => Err(PyTypeError::new_err(format!(
                    "{WANTED}, not the string {word:?}"
                ))),
            };
        }
        if value.is_instance_of::<PyBytes>() {
            return Err(wrong_type(WANTED, &value));
        }
        let text = |item: PyResult<Bound<'py, PyAny>>| -> PyResult<String> {
            let item = item?;
            match item.cast::<PyString>() {
                Ok(text) => Ok(text_of(text)?.into_owned()),
                Err(_) => Err(wrong_type("special tokens must be strings", &item)),
            }
        };
        items(&value, WANTED)?
            .map(text)
            .collect::<PyResult<_>>()
            .map(Self)
    }
}
