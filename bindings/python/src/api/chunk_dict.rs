//! Chunks as dicts.

use openai_harmony::api::{Chunk, ChunkBody, ChunkSink, Delta, Envelope};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use serde_json::Value;

use super::dict::{serialized, to_object};

/// Collects chunks as dicts.
///
/// A chunk of text, that is nearly every one, is a copy of a template with the text in its place: 0.3 µs where a dict
/// that is built from JSON takes 2.
pub struct ChunkDicts<'a, 'py> {
    pub chunks: Bound<'py, PyList>,
    /// The fields that are the same in all chunks of the stream, once it is known.
    template: &'a mut Option<Py<PyDict>>,
    failure: Option<PyErr>,
}

impl<'a, 'py> ChunkDicts<'a, 'py> {
    pub fn new(py: Python<'py>, template: &'a mut Option<Py<PyDict>>) -> Self {
        Self {
            chunks: PyList::empty(py),
            template,
            failure: None,
        }
    }

    pub fn finish(self) -> PyResult<Bound<'py, PyList>> {
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok(self.chunks),
        }
    }

    fn add(&mut self, chunk: &Chunk<'_>) -> PyResult<()> {
        let py = self.chunks.py();
        let dict = match text_choice(py, chunk)? {
            Some(choice) => {
                let dict = self.template(py, chunk.envelope)?.copy()?;
                dict.set_item(intern!(py, "choices"), PyList::new(py, [choice])?)?;
                dict.into_any()
            }
            None => serialized(py, chunk)?,
        };
        self.chunks.append(dict)
    }

    fn template(&mut self, py: Python<'py>, envelope: &Envelope) -> PyResult<Bound<'py, PyDict>> {
        if let Some(template) = self.template {
            return Ok(template.bind(py).clone());
        }
        let empty = Chunk {
            envelope,
            body: ChunkBody::Choice(openai_harmony::api::ChoiceDelta {
                index: 0,
                delta: Delta::Empty,
                logprobs: None,
                finish_reason: None,
            }),
        };
        let template = serialized(py, &empty)?.cast_into::<PyDict>()?;
        *self.template = Some(template.clone().unbind());
        Ok(template)
    }
}

/// The choice of a chunk that brings nothing but text.
fn text_choice<'py>(py: Python<'py>, chunk: &Chunk<'_>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let ChunkBody::Choice(choice) = &chunk.body else {
        return Ok(None);
    };
    if choice.logprobs.is_some() || choice.finish_reason.is_some() {
        return Ok(None);
    }
    let delta = PyDict::new(py);
    match choice.delta {
        Delta::Content(text) => delta.set_item(intern!(py, "content"), text)?,
        Delta::Reasoning { field, text } => {
            let text = PyString::new(py, text);
            for name in field.names() {
                delta.set_item(PyString::intern(py, name), &text)?;
            }
        }
        Delta::CallGrown { index, form, text } => {
            let (body, call) = (PyDict::new(py), PyDict::new(py));
            body.set_item(PyString::intern(py, form.text_field()), text)?;
            call.set_item(intern!(py, "index"), index)?;
            call.set_item(PyString::intern(py, form.as_str()), body)?;
            delta.set_item(intern!(py, "tool_calls"), PyList::new(py, [call])?)?;
        }
        Delta::Role | Delta::CallOpened { .. } | Delta::Empty => return Ok(None),
    }
    let dict = PyDict::new(py);
    dict.set_item(intern!(py, "index"), choice.index)?;
    dict.set_item(intern!(py, "delta"), delta)?;
    dict.set_item(intern!(py, "logprobs"), py.None())?;
    dict.set_item(intern!(py, "finish_reason"), py.None())?;
    Ok(Some(dict))
}

impl ChunkSink for ChunkDicts<'_, '_> {
    fn chunk(&mut self, chunk: &Chunk<'_>) {
        if let Err(error) = self.add(chunk) {
            self.failure.get_or_insert(error);
        }
    }

    fn error(&mut self, error: &Value) {
        let py = self.chunks.py();
        let added = to_object(py, error).and_then(|error| self.chunks.append(error));
        if let Err(error) = added {
            self.failure.get_or_insert(error);
        }
    }
}
