//! Events as dicts.

use openai_harmony::api::{EventBody, ResponseEvent, ResponseEventSink, TextDelta, TextKind};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use super::dict::serialized;

/// Collects events as dicts. Deltas, that is nearly all events, are built field by field.
pub struct EventDicts<'py> {
    pub events: Bound<'py, PyList>,
    failure: Option<PyErr>,
}

impl<'py> EventDicts<'py> {
    pub fn new(py: Python<'py>) -> Self {
        Self {
            events: PyList::empty(py),
            failure: None,
        }
    }

    pub fn finish(self) -> PyResult<Bound<'py, PyList>> {
        match self.failure {
            Some(failure) => Err(failure),
            None => Ok(self.events),
        }
    }

    fn add(&mut self, event: &ResponseEvent<'_>) -> PyResult<()> {
        let py = self.events.py();
        let dict = match &event.body {
            EventBody::Delta(delta) if delta.logprobs.is_empty() => {
                delta_dict(py, event.sequence_number, delta)?.into_any()
            }
            EventBody::Delta(_) | EventBody::Other { .. } => serialized(py, event)?,
        };
        self.events.append(dict)
    }
}

fn delta_dict<'py>(
    py: Python<'py>,
    sequence_number: u64,
    delta: &TextDelta<'_>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item(
        intern!(py, "type"),
        PyString::intern(py, delta.kind.delta_event()),
    )?;
    dict.set_item(intern!(py, "sequence_number"), sequence_number)?;
    dict.set_item(intern!(py, "item_id"), delta.item_id)?;
    dict.set_item(intern!(py, "output_index"), delta.output_index)?;
    if delta.kind.is_part() {
        dict.set_item(intern!(py, "content_index"), 0)?;
    }
    dict.set_item(intern!(py, "delta"), delta.delta)?;
    if delta.kind == TextKind::OutputText {
        dict.set_item(intern!(py, "logprobs"), PyList::empty(py))?;
    }
    Ok(dict)
}

impl ResponseEventSink for EventDicts<'_> {
    fn event(&mut self, event: &ResponseEvent<'_>) {
        if let Err(error) = self.add(event) {
            self.failure.get_or_insert(error);
        }
    }
}
