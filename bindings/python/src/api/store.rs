//! Stored responses, in a mapping of the caller's.

use std::sync::Mutex;

use openai_harmony::api::{ResponseStore, StoredResponse};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::Value;

use crate::read;

/// A mapping from ids to stored responses, in the form that ``ResponsesStream.stored()`` gives; it may hold items by
/// their ids as well.
///
/// As with the host, an exception is kept until the call that caused it can raise it.
pub struct PyStore {
    mapping: Option<Py<PyAny>>,
    failure: Mutex<Option<PyErr>>,
}

impl PyStore {
    pub fn new(mapping: Option<Py<PyAny>>) -> Self {
        Self {
            mapping,
            failure: Mutex::new(None),
        }
    }

    /// The exception that a lookup raised, if any did.
    pub fn check(&self) -> PyResult<()> {
        match self.failure.lock() {
            Ok(mut failure) => failure.take().map_or(Ok(()), Err),
            // OK to ignore: nothing panics while the lock is held.
            Err(_) => Ok(()),
        }
    }

    fn look_up<T>(&self, id: &str, read: impl FnOnce(Value) -> PyResult<Option<T>>) -> Option<T> {
        let mapping = self.mapping.as_ref()?;
        let found = Python::attach(|py| {
            let found = mapping.bind(py).call_method1("get", (id,))?;
            if found.is_none() {
                return Ok(None);
            }
            read(read::json(&found, "stored response")?)
        });
        found.unwrap_or_else(|error| {
            if let Ok(mut failure) = self.failure.lock() {
                failure.get_or_insert(error);
            }
            None
        })
    }
}

impl ResponseStore for PyStore {
    fn response(&self, id: &str) -> Option<StoredResponse> {
        self.look_up(id, |stored| {
            serde_json::from_value(stored).map(Some).map_err(|error| {
                PyValueError::new_err(format!(
                    "the stored response {id:?} cannot be read: {error}"
                ))
            })
        })
    }

    fn item(&self, id: &str) -> Option<Value> {
        // A response is not an item.
        self.look_up(id, |found| {
            Ok(Some(found).filter(|found| found.get("transcript").is_none()))
        })
    }
}
