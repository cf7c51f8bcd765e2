//! Clock, ids and secrets, given as Python functions.

use std::sync::Mutex;

use openai_harmony::api::{open_envelope, plain_envelope, Host};
use pyo3::prelude::*;

/// Clock, ids, seal and unseal, as Python has them.
pub type HostFunctions = (Py<PyAny>, Py<PyAny>, Option<Py<PyAny>>, Option<Py<PyAny>>);

/// The functions of the program around the adapter.
///
/// The crate takes their results as they are; an exception is kept until the call that caused it can raise it.
pub struct PyHost {
    pub clock: Py<PyAny>,
    pub ids: Py<PyAny>,
    pub seal: Option<Py<PyAny>>,
    pub unseal: Option<Py<PyAny>>,
    failure: Mutex<Option<PyErr>>,
}

impl PyHost {
    pub fn new(
        clock: Py<PyAny>,
        ids: Py<PyAny>,
        seal: Option<Py<PyAny>>,
        unseal: Option<Py<PyAny>>,
    ) -> Self {
        let failure = Mutex::new(None);
        Self {
            clock,
            ids,
            seal,
            unseal,
            failure,
        }
    }

    pub fn clone_ref(&self, py: Python<'_>) -> Self {
        Self::new(
            self.clock.clone_ref(py),
            self.ids.clone_ref(py),
            self.seal.as_ref().map(|function| function.clone_ref(py)),
            self.unseal.as_ref().map(|function| function.clone_ref(py)),
        )
    }

    /// The functions, for pickling: clock, ids, seal, unseal.
    pub fn functions(&self, py: Python<'_>) -> HostFunctions {
        let Self {
            clock,
            ids,
            seal,
            unseal,
            ..
        } = self.clone_ref(py);
        (clock, ids, seal, unseal)
    }

    /// The exception that one of the functions raised, if any did.
    pub fn check(&self) -> PyResult<()> {
        match self.failure.lock() {
            Ok(mut failure) => failure.take().map_or(Ok(()), Err),
            // OK to ignore: nothing panics while the lock is held.
            Err(_) => Ok(()),
        }
    }

    /// What a function gave, or a stand-in after an exception.
    fn ask<T>(
        &self,
        ask: impl FnOnce(Python<'_>) -> PyResult<T>,
        stand_in: impl FnOnce() -> T,
    ) -> T {
        Python::attach(ask).unwrap_or_else(|error| {
            if let Ok(mut failure) = self.failure.lock() {
                failure.get_or_insert(error);
            }
            stand_in()
        })
    }
}

impl Host for PyHost {
    fn now(&self) -> f64 {
        self.ask(|py| self.clock.call0(py)?.extract(py), || 0.0)
    }

    fn id(&mut self, prefix: &str) -> String {
        self.ask(
            |py| self.ids.call1(py, (prefix,))?.extract(py),
            || prefix.to_owned(),
        )
    }

    fn seal(&self, text: &str) -> String {
        match &self.seal {
            None => plain_envelope(text),
            Some(seal) => self.ask(|py| seal.call1(py, (text,))?.extract(py), String::new),
        }
    }

    fn unseal(&self, sealed: &str) -> Option<String> {
        match &self.unseal {
            None => open_envelope(sealed).map(str::to_owned),
            Some(unseal) => self.ask(|py| unseal.call1(py, (sealed,))?.extract(py), || None),
        }
    }
}
