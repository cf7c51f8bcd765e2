//! Why a value cannot be read, and where it is.

use std::fmt::Write;

use pyo3::prelude::*;

use crate::arguments::type_name;
use crate::errors;

pub type Read<T> = Result<T, ReadError>;

/// A value that cannot be read.
pub enum ReadError {
    /// It is of the wrong kind.
    Invalid(Box<Invalid>),
    /// Python code that was called for it raised an exception, which is passed on.
    Python(PyErr),
}

pub struct Invalid {
    reason: String,
    /// The steps from the value to the whole: the innermost comes first.
    path: Vec<Step>,
    tool: Option<String>,
}

/// One step of a path.
pub enum Step {
    Field(String),
    Index(usize),
}

impl From<&str> for Step {
    fn from(name: &str) -> Self {
        Self::Field(name.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

impl From<PyErr> for ReadError {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

impl ReadError {
    pub fn invalid(reason: impl Into<String>) -> Self {
        Self::Invalid(Box::new(Invalid {
            reason: reason.into(),
            path: Vec::new(),
            tool: None,
        }))
    }

    /// A value of another kind than the one that belongs there.
    pub fn expected(kind: &str, value: &Bound<'_, PyAny>) -> Self {
        Self::invalid(format!("expected {kind}, got {}", type_name(value)))
    }

    /// The same error, seen from the value that holds the wrong one.
    pub fn within(mut self, step: impl Into<Step>) -> Self {
        if let Self::Invalid(invalid) = &mut self {
            invalid.path.push(step.into());
        }
        self
    }

    /// The same error, in the description of this tool: its name says more than its index.
    pub fn in_tool(mut self, name: &str) -> Self {
        if let Self::Invalid(invalid) = &mut self {
            invalid.tool = Some(name.to_owned());
        }
        self
    }

    /// The exception; `what` is what was read.
    pub fn raise(self, py: Python<'_>, what: &str) -> PyErr {
        match self {
            Self::Invalid(invalid) => {
                errors::invalid_conversation(py, &invalid.message(what), invalid.index())
            }
            Self::Python(error) => error,
        }
    }
}

impl Invalid {
    /// `invalid conversation: messages.1.channel: expected a string, got int`
    fn message(&self, what: &str) -> String {
        let mut message = format!("invalid {what}: ");
        for (place, step) in self.path.iter().rev().enumerate() {
            let dot = if place == 0 { "" } else { "." };
            // OK because writing to a String cannot fail.
            let _ = match step {
                Step::Field(name) => write!(message, "{dot}{name}"),
                Step::Index(index) => write!(message, "{dot}{index}"),
            };
        }
        if !self.path.is_empty() {
            message.push_str(": ");
        }
        message.push_str(&self.reason);
        if let Some(tool) = &self.tool {
            let _ = write!(message, " (in the tool {tool:?})");
        }
        message
    }

    /// The index of the message in the conversation.
    fn index(&self) -> Option<usize> {
        match self.path.as_slice() {
            [.., Step::Index(index), Step::Field(name)] if name == "messages" => Some(*index),
            _ => None,
        }
    }
}
