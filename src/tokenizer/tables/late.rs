//! Statics that are filled once, before anything reads them.

use std::cell::UnsafeCell;
use std::ops::Deref;

/// A table that `load` fills before any reader gets a tokenizer.
///
/// A `OnceLock` for each table would cost a branch on every look-up of the hot path.
pub struct Late<T>(UnsafeCell<T>);

// SAFETY: `fill` is only called under the lock of `load`, and readers get a tokenizer only after it has returned.
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
        // SAFETY: after `load` there are only shared references.
        unsafe { &*self.0.get() }
    }
}
