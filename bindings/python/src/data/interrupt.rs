//! Ctrl-C during long work without the interpreter lock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use openai_harmony::data::Interrupted;
use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::prelude::*;

/// How often signals are looked at. To get the interpreter lock can take 5 ms.
const EVERY: Duration = Duration::from_millis(100);

/// Asks Python now and then whether a signal wants to end the work, or whoever asked for it.
pub struct Interrupt {
    /// Called without arguments; what it raises ends the work.
    check: Option<Py<PyAny>>,
    /// The thread that called, the only one that Python may handle signals on.
    caller: ThreadId,
    stopped: AtomicBool,
    state: Mutex<(Instant, Option<PyErr>)>,
}

impl Interrupt {
    pub fn new() -> Self {
        Self::with_check(None)
    }

    pub fn with_check(check: Option<Py<PyAny>>) -> Self {
        Self {
            check,
            caller: thread::current().id(),
            stopped: AtomicBool::new(false),
            state: Mutex::new((Instant::now(), None)),
        }
    }

    /// Whether the work has to stop.
    pub fn stops(&self) -> bool {
        if thread::current().id() == self.caller {
            self.look();
        }
        // Relaxed: what the thread that stopped did before is not read by the others.
        self.stopped.load(Ordering::Relaxed)
    }

    fn look(&self) {
        let Ok(mut state) = self.state.lock() else {
            return;
        };
        if state.0.elapsed() < EVERY {
            return;
        }
        let asked = Python::attach(|py| {
            py.check_signals()?;
            match &self.check {
                Some(check) => check.call0(py).map(drop),
                None => Ok(()),
            }
        });
        if let Err(error) = asked {
            state.1 = Some(error);
            self.stopped.store(true, Ordering::Relaxed);
        }
        state.0 = Instant::now();
    }

    /// The exception where there is no result.
    pub fn into_error(self, reason: &Interrupted) -> PyErr {
        match reason {
            Interrupted::Stopped => self
                .raised()
                .unwrap_or_else(|| PyValueError::new_err("interrupted")),
            other => PyOverflowError::new_err(other.to_string()),
        }
    }

    /// The exception that ended the work.
    fn raised(self) -> Option<PyErr> {
        self.state.into_inner().ok().and_then(|state| state.1)
    }
}
