//! Columns given to others.

use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::ptr;
use std::sync::Arc;

use pyo3::Python;

use super::structs::{ArrowArray, ArrowArrayStream, ArrowSchema, Released};
use crate::data::column::{Data, Layout};

/// The flag of a field that may have nulls.
const NULLABLE: i64 = 2;

/// What a schema points to.
struct SchemaParts {
    name: CString,
    children: Vec<*mut ArrowSchema>,
}

impl ArrowSchema {
    pub fn of(name: &str, data: &Data) -> Self {
        let fields: Vec<(&str, &Data)> = match &data.layout {
            Layout::Numbers(..) | Layout::Texts { .. } => Vec::new(),
            Layout::Lists { items, .. } => vec![("item", items)],
            Layout::Struct(fields) => fields
                .iter()
                .map(|(name, data)| (name.as_str(), &**data))
                .collect(),
        };
        let children = fields
            .into_iter()
            .map(|(name, data)| Box::into_raw(Box::new(Self::of(name, data))));
        let mut parts = Box::new(SchemaParts {
            // A C string ends at its first zero byte.
            name: CString::new(name.replace('\0', "")).unwrap_or_default(),
            children: children.collect(),
        });
        Self {
            format: format(&data.layout).as_ptr(),
            name: parts.name.as_ptr(),
            metadata: ptr::null(),
            flags: NULLABLE,
            n_children: parts.children.len() as i64,
            children: parts.children.as_mut_ptr(),
            dictionary: ptr::null_mut(),
            release: Some(release_schema),
            private_data: Box::into_raw(parts).cast(),
        }
    }
}

fn format(layout: &Layout) -> &'static CStr {
    match layout {
        Layout::Numbers(_, "i") => c"i",
        Layout::Numbers(_, "l") => c"l",
        Layout::Numbers(_, "C") => c"C",
        Layout::Numbers(..) => c"f",
        Layout::Texts { .. } => c"u",
        Layout::Lists { .. } => c"+l",
        Layout::Struct(_) => c"+s",
    }
}

unsafe extern "C" fn release_schema(schema: *mut ArrowSchema) {
    // SAFETY: it was made by `ArrowSchema::of` and is released once, so the parts and the children are boxes of it.
    unsafe {
        let parts = Box::from_raw((*schema).private_data.cast::<SchemaParts>());
        for &child in &parts.children {
            drop(Box::from_raw(child));
        }
        (*schema).release = None;
    }
}

/// What an array points to, and what keeps its memory alive.
struct ArrayParts {
    buffers: Vec<*const c_void>,
    children: Vec<*mut ArrowArray>,
    data: Arc<Data>,
}

impl ArrowArray {
    pub fn of(data: &Arc<Data>) -> Self {
        let (buffers, null_count, items) = match &data.layout {
            Layout::Numbers(numbers, _) => (vec![ptr::null(), numbers.pointer()], 0, Vec::new()),
            Layout::Texts {
                present,
                offsets,
                bytes,
            } => {
                let bits = present
                    .as_ref()
                    .map_or(ptr::null(), |(bits, _)| bits.pointer());
                let missing = present.as_ref().map_or(0, |(_, missing)| *missing);
                let buffers = vec![bits, offsets.pointer(), bytes.pointer()];
                (buffers, missing, Vec::new())
            }
            Layout::Lists { offsets, items } => {
                (vec![ptr::null(), offsets.pointer()], 0, vec![items])
            }
            Layout::Struct(fields) => {
                let items = fields.iter().map(|(_, data)| data).collect();
                (vec![ptr::null()], 0, items)
            }
        };
        let children = items
            .into_iter()
            .map(|data| Box::into_raw(Box::new(Self::of(data))));
        let mut parts = Box::new(ArrayParts {
            buffers,
            children: children.collect(),
            data: Arc::clone(data),
        });
        Self {
            length: data.len as i64,
            null_count: null_count as i64,
            offset: 0,
            n_buffers: parts.buffers.len() as i64,
            n_children: parts.children.len() as i64,
            buffers: parts.buffers.as_mut_ptr(),
            children: parts.children.as_mut_ptr(),
            dictionary: ptr::null_mut(),
            release: Some(release_array),
            private_data: Box::into_raw(parts).cast(),
        }
    }
}

/// May be called by any thread, and also while the interpreter shuts down.
unsafe extern "C" fn release_array(array: *mut ArrowArray) {
    // SAFETY: it was made by `ArrowArray::of` and is released once, so the parts and the children are boxes of it.
    let parts = unsafe {
        let parts = Box::from_raw((*array).private_data.cast::<ArrayParts>());
        for &child in &parts.children {
            drop(Box::from_raw(child));
        }
        (*array).release = None;
        parts
    };
    give_back(parts.data);
}

/// Gives up memory that Python owns; where the interpreter is gone, the memory goes with the process.
fn give_back(data: Arc<Data>) {
    let mut data = Some(data);
    Python::try_attach(|_| drop(data.take()));
    std::mem::forget(data);
}

impl ArrowArrayStream {
    /// A stream of one batch.
    pub fn of(data: &Arc<Data>) -> Self {
        let batch = Box::new(Batch {
            data: Arc::clone(data),
            was_given: false,
        });
        Self {
            get_schema: Some(schema_of_stream),
            get_next: Some(next_of_stream),
            get_last_error: Some(no_error),
            release: Some(release_stream),
            private_data: Box::into_raw(batch).cast(),
        }
    }
}

struct Batch {
    data: Arc<Data>,
    was_given: bool,
}

unsafe extern "C" fn schema_of_stream(
    stream: *mut ArrowArrayStream,
    out: *mut ArrowSchema,
) -> c_int {
    // SAFETY: the stream was made by `ArrowArrayStream::of` and is not released; `out` is room for a schema.
    unsafe {
        let batch = &*(*stream).private_data.cast::<Batch>();
        out.write(ArrowSchema::of("", &batch.data));
    }
    0
}

unsafe extern "C" fn next_of_stream(stream: *mut ArrowArrayStream, out: *mut ArrowArray) -> c_int {
    // SAFETY: the stream was made by `ArrowArrayStream::of`, is not released, and is used by one thread at a time; `out` is room
    // for an array.
    unsafe {
        let batch = &mut *(*stream).private_data.cast::<Batch>();
        if batch.was_given {
            out.write(ArrowArray::released());
        } else {
            batch.was_given = true;
            out.write(ArrowArray::of(&batch.data));
        }
    }
    0
}

unsafe extern "C" fn no_error(_: *mut ArrowArrayStream) -> *const c_char {
    ptr::null()
}

unsafe extern "C" fn release_stream(stream: *mut ArrowArrayStream) {
    // SAFETY: the stream was made by `ArrowArrayStream::of` and is released once.
    let batch = unsafe {
        (*stream).release = None;
        Box::from_raw((*stream).private_data.cast::<Batch>())
    };
    give_back(batch.data);
}
