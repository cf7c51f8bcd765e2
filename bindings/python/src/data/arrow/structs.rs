//! The three structs of the interface, as the specification writes them.

use std::ffi::{c_char, c_int, c_void};

/// The type of an array.
#[repr(C)]
pub struct ArrowSchema {
    pub format: *const c_char,
    pub name: *const c_char,
    pub metadata: *const c_char,
    pub flags: i64,
    pub n_children: i64,
    pub children: *mut *mut ArrowSchema,
    pub dictionary: *mut ArrowSchema,
    pub release: Option<unsafe extern "C" fn(*mut ArrowSchema)>,
    pub private_data: *mut c_void,
}

/// The values of an array.
#[repr(C)]
pub struct ArrowArray {
    pub length: i64,
    pub null_count: i64,
    pub offset: i64,
    pub n_buffers: i64,
    pub n_children: i64,
    pub buffers: *mut *const c_void,
    pub children: *mut *mut ArrowArray,
    pub dictionary: *mut ArrowArray,
    pub release: Option<unsafe extern "C" fn(*mut ArrowArray)>,
    pub private_data: *mut c_void,
}

/// Arrays of one type, one after the other.
#[repr(C)]
pub struct ArrowArrayStream {
    pub get_schema:
        Option<unsafe extern "C" fn(*mut ArrowArrayStream, out: *mut ArrowSchema) -> c_int>,
    pub get_next:
        Option<unsafe extern "C" fn(*mut ArrowArrayStream, out: *mut ArrowArray) -> c_int>,
    pub get_last_error: Option<unsafe extern "C" fn(*mut ArrowArrayStream) -> *const c_char>,
    pub release: Option<unsafe extern "C" fn(*mut ArrowArrayStream)>,
    pub private_data: *mut c_void,
}

/// A struct that says of itself that it was released or moved.
pub trait Released {
    /// Such a struct, which is also how the end of a stream is said.
    fn released() -> Self;
}

/// Whoever holds a struct that was not released releases it; whoever moves one out marks the old place as released.
macro_rules! released_on_drop {
    ($($Struct:ident),+) => {$(
        impl Released for $Struct {
            fn released() -> Self {
                // SAFETY: null is what pointers and functions of a released struct are, and 0 its numbers.
                unsafe { std::mem::zeroed() }
            }
        }

        impl Drop for $Struct {
            fn drop(&mut self) {
                if let Some(release) = self.release {
                    // SAFETY: it was not released yet, and is not used again.
                    unsafe { release(self) }
                }
            }
        }

        // SAFETY: the specification allows structs to be moved to and released on any thread.
        unsafe impl Send for $Struct {}
    )+};
}

released_on_drop!(ArrowSchema, ArrowArray, ArrowArrayStream);
