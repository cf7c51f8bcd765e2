//! The hint to load memory that will be needed soon.

/// Asks the processor to load what `target` points to. Does nothing where stable Rust has no such instruction.
#[inline(always)]
pub fn prefetch<T>(target: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_mm_prefetch, _MM_HINT_T0};
        // SAFETY: a prefetch is a hint: it reads nothing that the program sees, and cannot fault, at any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(target.cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = target;
}
