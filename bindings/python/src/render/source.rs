//! Conversations from a Python iterator.

use openai_harmony::chat::Conversation;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::types::PyIterator;

use crate::arguments::items;
use crate::read;

/// Conversations from a Python iterator; ends before the first that cannot be read.
///
/// The interpreter lock is only held while a few are read, so that other threads of Python run meanwhile. Taking the lock
/// for each of them would let a busy thread of Python delay each by 5 ms.
pub struct Source {
    iterator: Py<PyIterator>,
    read: std::vec::IntoIter<Conversation>,
    /// Why the next conversation cannot be read.
    pub failure: Option<PyErr>,
    /// What ends the whole call, such as Ctrl-C.
    pub interruption: Option<PyErr>,
    ended: bool,
}

/// How many conversations are read at once.
const READ_AT_ONCE: usize = 8;

impl Source {
    pub fn of(conversations: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self {
            iterator: items(
                conversations,
                "conversations must be an iterable of Conversations",
            )?
            .unbind(),
            read: Vec::new().into_iter(),
            failure: None,
            interruption: None,
            ended: false,
        })
    }

    fn read_more(&mut self, py: Python<'_>) {
        let mut read = Vec::with_capacity(READ_AT_ONCE);
        let mut iterator = self.iterator.bind(py).clone();
        if let Err(error) = py.check_signals() {
            self.fail(py, error);
        }
        while read.len() < READ_AT_ONCE && !self.ended {
            match iterator.next().map(|value| read::conversation(&value?)) {
                Some(Ok(conversation)) => read.push(conversation),
                Some(Err(error)) => self.fail(py, error),
                None => self.ended = true,
            }
        }
        self.read = read.into_iter();
    }

    fn fail(&mut self, py: Python<'_>, error: PyErr) {
        let failure = if error.is_instance_of::<PyException>(py) {
            &mut self.failure
        } else {
            &mut self.interruption
        };
        *failure = Some(error);
        self.ended = true;
    }
}

impl Iterator for Source {
    type Item = Conversation;

    fn next(&mut self) -> Option<Conversation> {
        if self.read.len() == 0 && !self.ended {
            Python::attach(|py| self.read_more(py));
        }
        self.read.next()
    }
}
