//! Python ints by token id, made when first asked for and kept.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::sync::OnceLock;

use openai_harmony::tokenizer::memory::{Zero, Zeroed, HUGE};
use openai_harmony::tokenizer::{prefetch::prefetch, Tokenizer};
use pyo3::ffi;
use pyo3::prelude::*;

/// How many ids there are.
const COUNT: usize = Tokenizer::TOKEN_COUNT;

/// How many ints are made before there is a table: a process that encodes little does without it.
const ENOUGH: usize = 1000;

/// Pointers to ints by id. One huge page, where the system has these: small ones took 776 page faults of 2 µs in 2 MiB of English.
static TABLE: OnceLock<Zeroed<Place>> = OnceLock::new();

/// How many ints have been made.
static MADE: AtomicUsize = AtomicUsize::new(0);

/// Where the table has an int.
#[repr(transparent)]
struct Place(AtomicPtr<ffi::PyObject>);

// SAFETY: a null pointer, which is not dropped.
unsafe impl Zero for Place {}

/// An int of the table, or nothing. Its lowest bit, which no address of an object has, is set if references to it are counted: ints
/// that Python considers immortal have a count that must not change.
#[derive(Clone, Copy)]
pub struct Kept(*mut ffi::PyObject);

/// The table of ints; without places as long as there is none.
#[derive(Clone, Copy)]
pub struct Ints(&'static [Place]);

impl Ints {
    pub fn kept() -> Self {
        Self(TABLE.get().map_or(&[], |table| table))
    }

    /// The int of a token, if there is one yet. Its memory is asked for.
    #[inline(always)]
    pub fn peek(self, token: u32) -> Kept {
        let place = self.0.get(token as usize);
        let kept = Kept(place.map_or(null_mut(), |Place(int)| int.load(Ordering::Acquire)));
        prefetch(kept.object());
        kept
    }
}

impl Kept {
    pub const NONE: Self = Self(null_mut());

    #[inline(always)]
    fn object(self) -> *mut ffi::PyObject {
        self.0.map_addr(|address| address & !1)
    }

    /// A new reference to the int.
    ///
    /// Counted in the object itself, as the macro `Py_INCREF` of the stable interface of Python 3.9 does; PyO3 calls a function instead.
    /// Measured: 0.4 ns a token on Python 3.11, 2 ns on 3.12 and 3.13.
    #[inline(always)]
    pub fn reference(self, _py: Python<'_>) -> Option<*mut ffi::PyObject> {
        let int = self.object();
        if int.is_null() {
            return None;
        }
        // SAFETY: the table holds a reference to each of its ints for ever, and the interpreter lock is held. `make` has seen that a
        // reference adds to the first word of this int what the lowest bit says.
        unsafe { *count_of(int) += (self.0.addr() & 1) as ffi::Py_ssize_t };
        Some(int)
    }
}

/// Where CPython counts the references to an object, if it does so as [`counting`] has found.
fn count_of(object: *mut ffi::PyObject) -> *mut ffi::Py_ssize_t {
    object.cast()
}

/// A new reference to the int of a token that the table does not have yet. The table takes another one, if it is clear how references
/// are counted; nothing is assumed of any version of Python.
#[cold]
pub fn make(py: Python<'_>, token: u32) -> PyResult<*mut ffi::PyObject> {
    // SAFETY: the interpreter lock is held. The call returns a new reference, or null with an exception.
    let int = unsafe { ffi::PyLong_FromUnsignedLong(token.into()) };
    if int.is_null() {
        return Err(PyErr::fetch(py));
    }
    if MADE.fetch_add(1, Ordering::Relaxed) < ENOUGH {
        return Ok(int);
    }
    let table = TABLE.get_or_init(|| Zeroed::new(COUNT.max(HUGE / size_of::<Place>())));
    let (Some(Place(place)), Some(counted)) = (table.get(token as usize), reference_for_ever(int))
    else {
        return Ok(int);
    };
    // The interpreter lock is held; were another thread faster, its int would only stay for nothing.
    place.store(
        int.map_addr(|address| address | usize::from(counted)),
        Ordering::Release,
    );
    Ok(int)
}

/// Adds a reference to the int that is never given back, and returns whether that was counted in its first word; `None` if
/// something else happened to that word.
fn reference_for_ever(int: *mut ffi::PyObject) -> Option<bool> {
    // SAFETY: the int is alive, the interpreter lock is held, and every object begins with a word that can be read.
    let (before, after) = unsafe {
        let before = *count_of(int);
        ffi::Py_IncRef(int);
        (before, *count_of(int))
    };
    match after.wrapping_sub(before) {
        0 if cfg!(not(any(PyPy, GraalPy))) => Some(false),
        1 => Some(true),
        _ => None,
    }
}
