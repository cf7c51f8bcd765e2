//! Repairs are passed to `openai_harmony.telemetry`, which logs and counts them.

use openai_harmony::Repair;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::convert::cached;
use super::events;

/// Passes repairs on. Does nothing, and imports nothing, if there are none.
pub fn report<'a>(py: Python<'_>, repairs: impl IntoIterator<Item = &'a Repair>) -> PyResult<()> {
    static REPORT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    for repair in repairs {
        let report = cached(py, &REPORT, "openai_harmony.telemetry", "_report")?;
        report.call1((events::repair(py, repair)?,))?;
    }
    Ok(())
}
