//! How to render: the frozen dataclasses of `openai_harmony.rendering`.

use openai_harmony::render::{OpenMessage, RenderFormat, RenderSpec, ResponseFormat};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyString};
use serde::de::DeserializeOwned;

use super::each;
use super::error::{Read, ReadError};
use super::json;
use crate::arguments::wrong_type;
use crate::convert::cached;

/// What to render: `ending` is the word of an ending, or an `OpenMessage`.
pub fn render_spec(
    format: &Bound<'_, PyAny>,
    ending: &Bound<'_, PyAny>,
    formats: &Bound<'_, PyList>,
) -> PyResult<RenderSpec> {
    let spec = match ending.cast::<PyString>() {
        Ok(word) => match word.to_cow()?.as_ref() {
            "conversation" => RenderSpec::new(),
            "training" => RenderSpec::for_training(),
            "completion" => RenderSpec::for_completion(),
            other => return Err(PyValueError::new_err(format!("Unknown ending: {other}"))),
        },
        Err(_) => RenderSpec::for_completion_of(open_message(ending)?),
    };
    let spec = spec.with_format(render_format(format)?);
    Ok(response_formats(formats)?
        .into_iter()
        .fold(spec, RenderSpec::with_response_format))
}

/// A format from a `RenderFormat`.
pub fn render_format(value: &Bound<'_, PyAny>) -> PyResult<RenderFormat> {
    record(value).map_err(|error| error.raise(value.py(), "format"))
}

/// The beginning of a message from an `OpenMessage`.
pub fn open_message(value: &Bound<'_, PyAny>) -> PyResult<OpenMessage> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = cached(
        value.py(),
        &CLASS,
        "openai_harmony.rendering",
        "OpenMessage",
    )?;
    if !value.is_instance(class)? {
        return Err(wrong_type("open_message must be an OpenMessage", value));
    }
    record(value).map_err(|error| error.raise(value.py(), "open message"))
}

/// Response formats from a list of `ResponseFormat`.
pub fn response_formats(list: &Bound<'_, PyList>) -> PyResult<Vec<ResponseFormat>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = cached(
        list.py(),
        &CLASS,
        "openai_harmony.rendering",
        "ResponseFormat",
    )?;
    for format in list {
        if !format.is_instance(class)? {
            return Err(wrong_type(
                "response_formats must be ResponseFormats",
                &format,
            ));
        }
    }
    each(list, "response formats", record).map_err(|error| {
        error
            .within("response_formats")
            .raise(list.py(), "response format")
    })
}

/// A dataclass whose fields are those of the record in Rust.
fn record<T: DeserializeOwned>(value: &Bound<'_, PyAny>) -> Read<T> {
    let fields = value.getattr(intern!(value.py(), "__dict__"))?;
    serde_json::from_value(json::value(&fields)?)
        .map_err(|error| ReadError::invalid(error.to_string()))
}
