//! How to render: the frozen dataclasses of `openai_harmony.rendering`.

use openai_harmony::render::{OpenMessage, RenderFormat, ResponseFormat};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyList;
use serde::de::DeserializeOwned;

use super::each;
use super::error::{Read, ReadError};
use super::json;

/// A format from a `RenderFormat`.
pub fn render_format(value: &Bound<'_, PyAny>) -> PyResult<RenderFormat> {
    record(value).map_err(|error| error.raise(value.py(), "format"))
}

/// The beginning of a message from an `OpenMessage`.
pub fn open_message(value: &Bound<'_, PyAny>) -> PyResult<OpenMessage> {
    record(value).map_err(|error| error.raise(value.py(), "open message"))
}

/// Response formats from a list of `ResponseFormat`.
pub fn response_formats(list: &Bound<'_, PyList>) -> PyResult<Vec<ResponseFormat>> {
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
