//! Token ids between Python and Rust.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use openai_harmony::tokenizer::{prefetch::prefetch, Tokenizer};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyList};

use super::list::NewList;

/// The ids in a buffer of unsigned 32-bit numbers (a NumPy array, a `memoryview`, an `array`) or in any other iterable of ints.
pub fn token_ids(tokens: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    match tokens.cast_exact::<PyList>() {
        Ok(list) => ids_of_list(list),
        Err(_) => match ids_of_buffer(tokens)? {
            Some(ids) => Ok(ids),
            None => tokens.try_iter()?.map(|id| id?.extract()).collect(),
        },
    }
}

/// Measured: 5 ns a token, where extracting a `Vec<u32>` takes 20.
fn ids_of_list(list: &Bound<'_, PyList>) -> PyResult<Vec<u32>> {
    let mut ids = Vec::with_capacity(list.len());
    for index in 0..list.len() {
        // SAFETY: the list is alive and the interpreter lock is held. The item is borrowed, or null if the list has shrunk, which
        // only the conversion of an item that is no int can bring about, and that one is held while it is converted.
        let id = unsafe {
            let item = ffi::PyList_GetItem(list.as_ptr(), index as ffi::Py_ssize_t);
            if item.is_null() {
                return Err(PyErr::fetch(list.py()));
            }
            if ffi::PyLong_CheckExact(item) == 0 {
                None
            } else {
                Some(ffi::PyLong_AsSize_t(item))
            }
        };
        match id.and_then(|id| u32::try_from(id).ok()) {
            Some(id) => ids.push(id),
            // Not an int, or none of 32 bits: the conversion of PyO3 tells what is wrong, if anything is.
            None => {
                PyErr::take(list.py());
                ids.push(list.get_item(index)?.extract()?);
            }
        }
    }
    Ok(ids)
}

/// The ids in a buffer of numbers; `None` for anything else.
///
/// Read by way of a `memoryview`, as the buffer protocol is not in the stable interface of Python 3.9.
fn ids_of_buffer(tokens: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u32>>> {
    let Ok(view) = memory_view(tokens) else {
        return Ok(None);
    };
    let format: String = view.getattr("format")?.extract()?;
    let item_size: usize = view.getattr("itemsize")?.extract()?;
    if item_size != 4 || !matches!(format.trim_start_matches(['@', '=']), "I" | "L") {
        return ids_of_list(view.call_method0("tolist")?.cast()?).map(Some);
    }
    let bytes = view.call_method0("tobytes")?;
    let words = bytes.cast::<PyBytes>()?.as_bytes().chunks_exact(4);
    Ok(Some(
        words
            .map(|word| u32::from_ne_bytes([word[0], word[1], word[2], word[3]]))
            .collect(),
    ))
}

pub fn memory_view<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the object is alive and the interpreter lock is held; the call returns a new reference, or null with an exception.
    unsafe {
        Bound::from_owned_ptr_or_err(object.py(), ffi::PyMemoryView_FromObject(object.as_ptr()))
    }
}

/// A list of token ids. The ints come from a table in which each is made once.
///
/// Measured: 3 to 4 ns a token, where fresh ints take 16 to 28. Most of it is waiting for the ints, which lie anywhere in memory; so those
/// of the next tokens are fetched while these are set.
pub fn token_list<'py>(py: Python<'py>, tokens: &[u32]) -> PyResult<Bound<'py, PyAny>> {
    const FETCHED: usize = 64;
    let list = NewList::new(py, tokens.len())?;
    let references = References::new(py);
    let mut fetched = [null_mut(); FETCHED];
    let mut index = 0;
    for chunk in tokens.chunks(FETCHED) {
        for (int, &token) in fetched.iter_mut().zip(chunk) {
            *int = peek(token);
        }
        for (&int, &token) in fetched.iter().zip(chunk) {
            let int = if int.is_null() {
                make(py, token)?
            } else {
                // SAFETY: the table holds a reference to each of its ints for ever, and the interpreter lock is held.
                unsafe { references.add(int, token) };
                int
            };
            // SAFETY: the new list has room for as many items as there are tokens; each is set once, to an int that the list takes over.
            unsafe { list.set(index, int)? };
            index += 1;
        }
    }
    Ok(list.list)
}

/// Python ints by token id, made when first asked for and kept: pointers of 1.6 MB, which take memory page by page as ids are seen, and
/// 32 bytes for each of these.
static INTS: [AtomicPtr<ffi::PyObject>; COUNT] = [const { AtomicPtr::new(null_mut()) }; COUNT];

/// How many ids there are.
const COUNT: usize = Tokenizer::TOKEN_COUNT;

/// The int of a token, or null if there is none yet. Its memory is asked for.
#[inline(always)]
fn peek(token: u32) -> *mut ffi::PyObject {
    let int = INTS.get(token as usize);
    let int = int.map_or(null_mut(), |int| int.load(Ordering::Acquire));
    prefetch(int);
    int
}

/// How references to ints are counted.
///
/// In the object itself, as the macro of the stable interface of Python 3.9 does, for which this is built; PyO3 calls a function instead.
/// Ints up to 256 are immortal since Python 3.12: their count may not change. Measured: 0.4 ns a token on Python 3.11, 2 ns on 3.12
/// and 3.13.
#[derive(Clone, Copy)]
struct References {
    /// What a reference to a small int counts.
    small: ffi::Py_ssize_t,
}

impl References {
    fn new(py: Python<'_>) -> Self {
        static IMMORTAL: PyOnceLock<bool> = PyOnceLock::new();
        let immortal = IMMORTAL.get_or_init(py, || py.version_info() >= (3, 12));
        Self {
            small: (!immortal).into(),
        }
    }

    /// Adds a reference to the int of a token.
    ///
    /// # Safety
    /// The int is alive and the interpreter lock is held.
    #[inline(always)]
    unsafe fn add(self, int: *mut ffi::PyObject, token: u32) {
        let count = if token <= 256 { self.small } else { 1 };
        // SAFETY: as promised by the caller.
        unsafe { (*int).ob_refcnt += count };
    }
}

#[cold]
fn make(py: Python<'_>, token: u32) -> PyResult<*mut ffi::PyObject> {
    // SAFETY: the interpreter lock is held. The call returns a new reference, or null with an exception.
    let int = unsafe { ffi::PyLong_FromUnsignedLong(token.into()) };
    if int.is_null() {
        return Err(PyErr::fetch(py));
    }
    if let Some(kept) = INTS.get(token as usize) {
        // SAFETY: the table holds this reference, and the caller gets the other one.
        unsafe { ffi::Py_INCREF(int) };
        // The interpreter lock is held; were another thread faster, its int would only stay for nothing.
        kept.store(int, Ordering::Release);
    }
    Ok(int)
}
