//! The exception for a request that cannot be served.

use openai_harmony::api::BadRequest;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::convert::cached;

/// `openai_harmony.api.BadRequest`
static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

pub fn raise(py: Python<'_>, error: &BadRequest) -> PyErr {
    let code = error.code.map(|code| code.as_str());
    let exception = cached(py, &CLASS, "openai_harmony.api.errors", "BadRequest")
        .and_then(|class| class.call1((&error.message, &error.param, code)));
    match exception {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

/// The exception for a body that holds what JSON has no form for.
pub fn not_json(py: Python<'_>, problem: &PyErr) -> PyErr {
    let error = BadRequest {
        message: problem.value(py).to_string(),
        param: None,
        code: None,
    };
    raise(py, &error)
}
