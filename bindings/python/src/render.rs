//! Rendering with options, of one conversation or many.

mod source;

use std::num::NonZeroUsize;

use openai_harmony::render::Keep;
use pyo3::prelude::*;
use pyo3::types::PyList;

use self::source::Source;
use super::arguments;
use super::encoding::PyHarmonyEncoding;
use super::errors::raise;
use super::read;
use super::rendered::PyRendered;

/// Renders one conversation in any way.
#[pyfunction]
pub fn render_with(
    py: Python<'_>,
    encoding: &PyHarmonyEncoding,
    conversation: &Bound<'_, PyAny>,
    render_format: &Bound<'_, PyAny>,
    ending: &Bound<'_, PyAny>,
    response_formats: &Bound<'_, PyList>,
) -> PyResult<PyRendered> {
    let conversation = read::conversation(conversation)?;
    let spec = read::render_spec(render_format, ending, response_formats)?;
    py.detach(|| encoding.inner.render_with(&conversation, &spec))
        .map(|rendered| PyRendered::new(rendered, &encoding.inner))
        .map_err(|error| raise(py, &error, None))
}

/// Renders many conversations; the exception for the first that fails has its index as `conversation`.
#[pyfunction]
pub fn render_batch(
    py: Python<'_>,
    encoding: &PyHarmonyEncoding,
    conversations: &Bound<'_, PyAny>,
    render_format: &Bound<'_, PyAny>,
    ending: &Bound<'_, PyAny>,
    response_formats: &Bound<'_, PyList>,
    #[pyo3(from_py_with = arguments::num_threads)] threads: Option<NonZeroUsize>,
) -> PyResult<Vec<PyRendered>> {
    let spec = read::render_spec(render_format, ending, response_formats)?;
    let mut source = Source::of(conversations)?;
    let results = py.detach(|| encoding.inner.render_batch(&mut source, &spec, threads));
    if let Some(interruption) = source.interruption {
        return Err(interruption);
    }
    let mut rendered = Vec::with_capacity(results.len());
    for (index, result) in results.into_iter().enumerate() {
        let result = result.map_err(|error| of_conversation(py, raise(py, &error, None), index));
        rendered.push(PyRendered::new(result?, &encoding.inner));
    }
    match source.failure {
        Some(error) => Err(of_conversation(py, error, rendered.len())),
        None => Ok(rendered),
    }
}

/// The indices of the messages that fit `max_tokens`, where the last `turns` turns and the messages `kept` stay.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // as `render_with`, and what to keep
pub fn fit(
    py: Python<'_>,
    encoding: &PyHarmonyEncoding,
    conversation: &Bound<'_, PyAny>,
    render_format: &Bound<'_, PyAny>,
    ending: &Bound<'_, PyAny>,
    response_formats: &Bound<'_, PyList>,
    max_tokens: usize,
    turns: usize,
    kept: Vec<usize>,
) -> PyResult<Vec<usize>> {
    let conversation = read::conversation(conversation)?;
    let spec = read::render_spec(render_format, ending, response_formats)?;
    let keep = Keep {
        turns,
        messages: kept,
    };
    py.detach(|| encoding.inner.fit(&conversation, &spec, max_tokens, &keep))
        .map_err(|error| raise(py, &error, None))
}

fn of_conversation(py: Python<'_>, error: PyErr, index: usize) -> PyErr {
    match error.value(py).setattr("conversation", index) {
        Ok(()) => error,
        Err(other) => other,
    }
}
