//! Members of Python's enums, looked up once, so that a property of the parser costs no look-up of an enum.

use openai_harmony::chat::Role;
use openai_harmony::render::Part;
use openai_harmony::{Ending, FinishReason, RepairKind, StreamState};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// A Rust enum that has a Python enum with the same values.
pub trait PyEnum: Copy + PartialEq + 'static {
    /// The name of the Python enum, a class of the package.
    const CLASS: &'static str;
    /// Every variant.
    const ALL: &'static [Self];
    /// Python's members, in the same order, once they have been looked up.
    fn cell() -> &'static PyOnceLock<Vec<Py<PyAny>>>;
    /// The value of the Python member.
    fn value(self) -> &'static str;

    /// Python's members, in the order of `ALL`.
    fn members(py: Python<'_>) -> PyResult<&'static [Py<PyAny>]> {
        let members = Self::cell().get_or_try_init(py, || -> PyResult<_> {
            let class = py.import("openai_harmony")?.getattr(Self::CLASS)?;
            let find = |member: &Self| Ok(class.call1((member.value(),))?.unbind());
            Self::ALL.iter().map(find).collect()
        })?;
        Ok(members)
    }

    /// The variant whose Python member this very object is.
    fn of_member(value: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let at = Self::members(value.py())?
            .iter()
            .position(|member| member.is(value));
        Ok(at.and_then(|at| Self::ALL.get(at)).copied())
    }

    /// The Python member of this variant.
    fn member(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let members = Self::members(py)?;
        let at = Self::ALL.iter().position(|variant| *variant == self);
        match at.and_then(|at| members.get(at)) {
            Some(member) => Ok(member.clone_ref(py)),
            None => Err(PyRuntimeError::new_err(format!(
                "{} has no member {}",
                Self::CLASS,
                self.value()
            ))),
        }
    }
}

macro_rules! py_enum {
    ($rust:ty, $class:literal) => {
        impl PyEnum for $rust {
            const CLASS: &'static str = $class;
            const ALL: &'static [Self] = <$rust>::ALL;

            fn cell() -> &'static PyOnceLock<Vec<Py<PyAny>>> {
                static CELL: PyOnceLock<Vec<Py<PyAny>>> = PyOnceLock::new();
                &CELL
            }

            fn value(self) -> &'static str {
                self.as_str()
            }
        }
    };
}

py_enum!(Role, "Role");
py_enum!(Part, "Part");
py_enum!(RepairKind, "RepairKind");
py_enum!(StreamState, "StreamState");
py_enum!(Ending, "Ending");
py_enum!(FinishReason, "FinishReason");
