//! Statics that are filled once, before anything reads them.

use std::cell::UnsafeCell;
use std::ops::Deref;

/// A table that is filled before anything reads it: by `load` before any reader gets a tokenizer, or by `ensure_tokens` and `ensure_pieces`.
///
/// A `OnceLock` for each table would cost a branch on every look-up of the hot path.
pub struct Late<T>(UnsafeCell<T>);

// SAFETY: `fill` is only called under the lock of `load`, or once by `ensure_tokens` and `ensure_pieces`, and readers come after these have returned.
unsafe impl<T: Sync> Sync for Late<T> {}

impl<T> Late<T> {
    pub const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// The table, to be filled.
    ///
    /// # Safety
    /// Nothing else may hold a reference to the table.
    #[allow(clippy::mut_from_ref)] // the point of this type
    pub unsafe fn fill(&self) -> &mut T {
        // SAFETY: the caller promises that this is the only reference.
        unsafe { &mut *self.0.get() }
    }
}

impl<T> Deref for Late<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: after it was filled there are only shared references.
        unsafe { &*self.0.get() }
    }
}
