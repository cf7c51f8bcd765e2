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

/// How many repairs of each output of a stream have been passed on.
#[derive(Default)]
pub struct Reported(Vec<usize>);

impl Reported {
    /// Those of a stream whose repairs were passed on elsewhere: it is a copy, or was pickled.
    pub fn already<'a>(outputs: impl Iterator<Item = &'a [Repair]>) -> Self {
        Self(outputs.map(<[Repair]>::len).collect())
    }

    /// Passes on the repairs that are new.
    pub fn update<'a>(
        &mut self,
        py: Python<'_>,
        outputs: impl Iterator<Item = &'a [Repair]>,
    ) -> PyResult<()> {
        for (output, repairs) in outputs.enumerate() {
            if self.0.len() <= output {
                self.0.push(0);
            }
            let new = &repairs[self.0[output].min(repairs.len())..];
            // First, so that none is passed on twice if that fails.
            self.0[output] = repairs.len();
            report(py, new)?;
        }
        Ok(())
    }
}
