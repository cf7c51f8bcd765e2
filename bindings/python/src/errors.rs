//! The one place where a Rust error becomes a Python exception.

use std::error::Error;
use std::sync::{Mutex, MutexGuard, TryLockError};

use openai_harmony::error::{HarmonyError, LoadError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::convert::cached;

/// `openai_harmony.errors._from_native`, which picks the class.
static FACTORY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The exception for an error of the crate; `tokens` are the raw ids it is about, if it is about ids.
pub fn raise(py: Python<'_>, error: &HarmonyError, tokens: Option<&[u32]>) -> PyErr {
    let kind = match error {
        HarmonyError::Render(_) => "render",
        HarmonyError::Parse(_) => "parse",
        HarmonyError::Encode(_) | HarmonyError::Decode(_) => "tokenizer",
        HarmonyError::Grammar(_) => "grammar",
        HarmonyError::Load(LoadError::UnknownEncoding { .. }) => "name",
        HarmonyError::Load(_) => "load",
        // A kind without a class of its own is a plain `HarmonyError`.
        _ => "other",
    };
    build(
        py,
        kind,
        &message_of(error),
        Some(error.code()),
        error.index(),
        tokens,
    )
}

/// The exception for a value of the wrong kind in a conversation; `index` is that of its message.
pub fn invalid_conversation(py: Python<'_>, message: &str, index: Option<usize>) -> PyErr {
    let code = Some("render.invalid_conversation");
    build(py, "conversation", message, code, index, None)
}

/// The exception for the text of a special token in a text to encode; `index` is the place of the text in a batch.
pub fn disallowed(py: Python<'_>, name: &str, index: Option<usize>) -> PyErr {
    let message = format!(
        "Encountered text corresponding to disallowed special token '{name}'. To have it encoded as that token, name it \
         in `allowed_special`; to have it encoded as ordinary text, pass `disallowed_special=()`."
    );
    build(
        py,
        "special",
        &message,
        Some("encode.disallowed_special"),
        index,
        None,
    )
}

/// The exception for an object that another call is changing, or reading while this one wants to change it.
pub fn busy(py: Python<'_>, what: &str) -> PyErr {
    let message = format!("this {what} is in use by another call, of this or another thread");
    build(py, "busy", &message, None, None, None)
}

/// The state of an object for one call, which no other call may use meanwhile; `what` it is, for the error.
pub fn locked<'a, T>(state: &'a Mutex<T>, what: &str) -> PyResult<MutexGuard<'a, T>> {
    match state.try_lock() {
        Ok(state) => Ok(state),
        Err(TryLockError::Poisoned(state)) => Ok(state.into_inner()),
        Err(TryLockError::WouldBlock) => Err(Python::attach(|py| busy(py, what))),
    }
}

fn build(
    py: Python<'_>,
    kind: &str,
    message: &str,
    code: Option<&str>,
    index: Option<usize>,
    tokens: Option<&[u32]>,
) -> PyErr {
    let exception = cached(py, &FACTORY, "openai_harmony.errors", "_from_native")
        .and_then(|factory| factory.call1((kind, message, code, index, tokens)));
    match exception {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// The message of an error, followed by those messages of its causes that it does not already contain.
fn message_of(error: &HarmonyError) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        if !message.contains(&reason) {
            message = format!("{message}: {reason}");
        }
        cause = error.source();
    }
    message
}
