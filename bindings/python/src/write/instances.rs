//! Objects of the package's classes, made without their constructors.
//!
//! The values come from the crate, so there is nothing to validate: an object is its class and its fields. Measured, a
//! message takes a fifth of the time that the model's validator takes.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PySet, PyString, PyType};

use crate::convert::cached;

/// A class of the package, looked up once.
pub struct Class {
    module: &'static str,
    name: &'static str,
    class: PyOnceLock<Py<PyAny>>,
}

impl Class {
    pub const fn new(module: &'static str, name: &'static str) -> Self {
        Self {
            module,
            name,
            class: PyOnceLock::new(),
        }
    }

    pub fn get<'py>(&'static self, py: Python<'py>) -> PyResult<&'py Bound<'py, PyAny>> {
        cached(py, &self.class, self.module, self.name)
    }

    /// An instance of a frozen dataclass with these fields.
    pub fn instance<'py>(&'static self, fields: Bound<'py, PyDict>) -> PyResult<Bound<'py, PyAny>> {
        let py = fields.py();
        let object = new(self.get(py)?)?;
        set(&object, intern!(py, "__dict__"), fields.as_any())?;
        Ok(object)
    }

    /// An instance of a pydantic model, as `model_construct` makes it; `given` are the fields that have no default.
    pub fn model_instance<'py>(
        &'static self,
        fields: Bound<'py, PyDict>,
        given: Bound<'py, PySet>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = fields.py();
        let none = py.None().into_bound(py);
        let object = self.instance(fields)?;
        set(
            &object,
            intern!(py, "__pydantic_fields_set__"),
            given.as_any(),
        )?;
        set(&object, intern!(py, "__pydantic_extra__"), &none)?;
        set(&object, intern!(py, "__pydantic_private__"), &none)?;
        Ok(object)
    }
}

/// `object.__new__(class)`. By way of a call of that method it would take three times as long.
fn new<'py>(class: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let class = class.cast::<PyType>()?;
    // SAFETY: the class is alive and made by a `class` statement, so its objects are allocated this way; the call returns
    // a new reference to an object without attributes, or null with an exception.
    unsafe {
        let object = ffi::PyType_GenericAlloc(class.as_type_ptr(), 0);
        Bound::from_owned_ptr_or_err(class.py(), object)
    }
}

/// `object.__setattr__`, past the ones of pydantic and of frozen dataclasses.
fn set(
    object: &Bound<'_, PyAny>,
    name: &Bound<'_, PyString>,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    // SAFETY: all three are alive; the call takes references of its own.
    let failed =
        unsafe { ffi::PyObject_GenericSetAttr(object.as_ptr(), name.as_ptr(), value.as_ptr()) };
    if failed == 0 {
        Ok(())
    } else {
        Err(PyErr::fetch(object.py()))
    }
}
