//! Memory that Python owns and others see.

use std::ffi::c_void;

use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyMemoryView};

/// Bytes that never change and never move: a `bytearray` that nobody else holds, except by way of views of it.
pub struct Buffer {
    view: Py<PyMemoryView>,
    pointer: *const u8,
}

// SAFETY: the pointer is only handed out, and what it points to is not changed by this module. The view may be used by any
// thread that has the interpreter lock.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

/// Numbers that a buffer can be filled with.
pub trait Number: Copy {
    /// The format that `memoryview` and `struct` know it by.
    const FORMAT: &'static str;
}

impl Number for i32 {
    const FORMAT: &'static str = "i";
}
impl Number for i64 {
    const FORMAT: &'static str = "q";
}
impl Number for f32 {
    const FORMAT: &'static str = "f";
}
impl Number for u8 {
    const FORMAT: &'static str = "B";
}

impl Buffer {
    pub fn of<T: Number>(py: Python<'_>, numbers: &[T]) -> PyResult<Self> {
        let bytes = PyByteArray::new_with(py, size_of_val(numbers), |bytes| {
            // SAFETY: both are as many bytes, they do not overlap, and numbers have no padding.
            unsafe {
                let from = numbers.as_ptr().cast::<u8>();
                from.copy_to_nonoverlapping(bytes.as_mut_ptr(), bytes.len());
            }
            Ok(())
        })?;
        // While there is a view, a bytearray cannot be resized, so its memory does not move.
        let view = PyMemoryView::from(bytes.as_any())?;
        let view = view.call_method1("cast", (T::FORMAT,))?.cast_into()?;
        Ok(Self {
            view: view.unbind(),
            pointer: bytes.data(),
        })
    }

    /// The numbers as a `memoryview`.
    pub fn view<'py>(&self, py: Python<'py>) -> &Bound<'py, PyMemoryView> {
        self.view.bind(py)
    }

    /// Where the numbers begin.
    pub fn pointer(&self) -> *const c_void {
        self.pointer.cast()
    }
}
