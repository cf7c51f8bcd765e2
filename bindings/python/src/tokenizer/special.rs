//! `allowed_special` and `disallowed_special` from Python.

use openai_harmony::tokenizer::{SpecialPolicy, SpecialTokens};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

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
            return match word.to_cow()?.as_ref() {
                "all" => Ok(Self::ALL),
                // Nothing, as in release 0.0.8.
                "" => Ok(Self::NONE),
                // Release 0.0.8 takes the letters one by one, which nobody can have meant.
                word => Err(PyTypeError::new_err(format!(
                    "special tokens must be \"all\" or a collection of strings, not the string {word:?}"
                ))),
            };
        }
        if value.is_instance_of::<PyBytes>() {
            return Err(PyTypeError::new_err(
                "special tokens must be \"all\" or a collection of strings, not bytes",
            ));
        }
        let mut texts = Vec::new();
        for text in value.try_iter()? {
            texts.push(text?.cast_into::<PyString>()?.to_cow()?.into_owned());
        }
        Ok(Self(texts.into_iter().collect()))
    }
}
