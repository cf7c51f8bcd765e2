//! Members of Python's enums, looked up once, so that a property of the parser costs no look-up of an enum.

use openai_harmony::chat::Role;
use openai_harmony::render::Part;
use openai_harmony::{Ending, FinishReason, RepairKind, StreamState};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// A Rust enum that has a twin in Python with the same values.
pub trait Twin: Copy + PartialEq + 'static {
    /// The name of the twin, a class of the package.
    const CLASS: &'static str;
    /// Every member.
    const ALL: &'static [Self];
    /// The members' twins, in the same order.
    fn twins() -> &'static PyOnceLock<Vec<Py<PyAny>>>;
    /// The value of the twin.
    fn value(self) -> &'static str;

    /// The twins of all members, in the order of `ALL`.
    fn members(py: Python<'_>) -> PyResult<&'static [Py<PyAny>]> {
        let twins = Self::twins().get_or_try_init(py, || -> PyResult<_> {
            let class = py.import("openai_harmony")?.getattr(Self::CLASS)?;
            let twin = |member: &Self| Ok(class.call1((member.value(),))?.unbind());
            Self::ALL.iter().map(twin).collect()
        })?;
        Ok(twins)
    }

    /// The member whose twin this very object is.
    fn of_member(value: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let at = Self::members(value.py())?
            .iter()
            .position(|twin| twin.is(value));
        Ok(at.and_then(|at| Self::ALL.get(at)).copied())
    }

    /// The twin of this member.
    fn member(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let twins = Self::members(py)?;
        let at = Self::ALL.iter().position(|member| *member == self);
        match at.and_then(|at| twins.get(at)) {
            Some(twin) => Ok(twin.clone_ref(py)),
            None => Err(PyRuntimeError::new_err(format!(
                "{} has no member {}",
                Self::CLASS,
                self.value()
            ))),
        }
    }
}

macro_rules! twin {
    ($rust:ty, $class:literal) => {
        impl Twin for $rust {
            const CLASS: &'static str = $class;
            const ALL: &'static [Self] = <$rust>::ALL;

            fn twins() -> &'static PyOnceLock<Vec<Py<PyAny>>> {
                static TWINS: PyOnceLock<Vec<Py<PyAny>>> = PyOnceLock::new();
                &TWINS
            }

            fn value(self) -> &'static str {
                self.as_str()
            }
        }
    };
}

twin!(Role, "Role");
twin!(Part, "Part");
twin!(RepairKind, "RepairKind");
twin!(StreamState, "StreamState");
twin!(Ending, "Ending");
twin!(FinishReason, "FinishReason");
