//! Memory of tables, zeroed, on huge pages where they are large.

use std::{
    alloc::{alloc_zeroed, dealloc, handle_alloc_error, Layout},
    ops::{Deref, DerefMut},
    ptr::NonNull,
};

/// Types of which all bytes may be zero.
///
/// # Safety
/// Zeros are a valid value, and no value needs to be dropped.
pub unsafe trait Zero {}

// SAFETY: numbers may be zero.
unsafe impl Zero for [u32; 4] {}

/// A slice that begins as zeros. It takes no memory before it is written to, except where it is small.
///
/// From [`MAPPED`] on it comes from the system and not from the allocator. That of glibc returns such memory to the system only until
/// the first time: after that it keeps what threads have freed, and 1,000 threads that had encoded at the same time left 4.9 GiB.
pub struct Zeroed<T: Zero> {
    start: NonNull<T>,
    len: usize,
}

/// Bytes from which on memory comes from the system: all tables, also those of the smallest caches. glibc keeps what 1,000 threads had at the
/// same time and have freed, which would be 64 KiB for each.
pub const MAPPED: usize = 32 << 10;

/// Bytes from which on the system is asked for huge pages, which are as large as this on all common systems.
///
/// Measured: writing to 4 MiB for the first time takes 0.6 ms on huge pages, and 2.2 ms on small ones. And text seen before is
/// encoded faster, because its entries are all over the table, and the processor keeps the addresses of few small pages.
pub const HUGE: usize = 2 << 20;

// SAFETY: the slice belongs to this value alone, as that of a `Box` does.
unsafe impl<T: Zero + Send> Send for Zeroed<T> {}

// SAFETY: as above.
unsafe impl<T: Zero + Sync> Sync for Zeroed<T> {}

impl<T: Zero> Zeroed<T> {
    /// So many zeros.
    pub fn new(len: usize) -> Self {
        let layout = Self::layout(len);
        let start = if layout.size() == 0 {
            NonNull::dangling()
        } else {
            allocate(layout).cast()
        };
        Self { start, len }
    }

    /// Writes a zero to each page of a slice that is new, so that all pages are there. One that is read first is mapped twice, and older
    /// kernels then map small pages in place of a huge one.
    pub fn touch(&mut self) {
        const PAGE: usize = 4096;
        for item in self.iter_mut().step_by((PAGE / size_of::<T>()).max(1)) {
            // SAFETY: the item is borrowed, and its bytes may be zero. Volatile, or the compiler would see that they are and leave it out.
            unsafe { std::ptr::from_mut(item).cast::<u8>().write_volatile(0) }
        }
    }

    fn layout(len: usize) -> Layout {
        Layout::array::<T>(len).expect("tables are much smaller than the address space")
    }
}

impl<T: Zero> Drop for Zeroed<T> {
    fn drop(&mut self) {
        let layout = Self::layout(self.len);
        if layout.size() > 0 {
            // SAFETY: `new` has allocated this with the same layout.
            unsafe { free(self.start.cast(), layout) }
        }
    }
}

impl<T: Zero> Deref for Zeroed<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        // SAFETY: there are so many values, aligned, which were zeros, a valid value, before they were written to.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl<T: Zero> DerefMut for Zeroed<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `deref`; this value is borrowed as long as the slice is.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

/// Zeroed memory of a layout that is not empty.
fn allocate(layout: Layout) -> NonNull<u8> {
    let start = if is_mapped(layout) {
        system::map(layout.size())
    } else {
        // SAFETY: the layout is not empty.
        unsafe { alloc_zeroed(layout) }
    };
    NonNull::new(start).unwrap_or_else(|| handle_alloc_error(layout))
}

/// # Safety
/// The memory is what [`allocate`] returned for this layout, and is not used any more.
unsafe fn free(start: NonNull<u8>, layout: Layout) {
    if is_mapped(layout) {
        // SAFETY: it was mapped with this size.
        unsafe { system::unmap(start.as_ptr(), layout.size()) }
    } else {
        // SAFETY: it was allocated with this layout.
        unsafe { dealloc(start.as_ptr(), layout) }
    }
}

fn is_mapped(layout: Layout) -> bool {
    system::CAN_MAP && layout.size() >= MAPPED
}

/// Anonymous mappings, which begin at a page and so are aligned for all that is in a table.
#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    target_pointer_width = "64",
    not(miri)
))]
mod system {
    use std::{ffi::c_int, ptr::null_mut};

    pub const CAN_MAP: bool = true;

    // The standard library is linked with these; their values are those of the system's headers for these processors.
    extern "C" {
        fn mmap(
            start: *mut u8,
            len: usize,
            protection: c_int,
            flags: c_int,
            file: c_int,
            offset: i64,
        ) -> *mut u8;
        fn munmap(start: *mut u8, len: usize) -> c_int;
        fn madvise(start: *mut u8, len: usize, advice: c_int) -> c_int;
    }
    const READ_AND_WRITE: c_int = 1 | 2;
    const PRIVATE: c_int = 2;
    const ANONYMOUS: c_int = 0x20;
    const HUGE_PAGES: c_int = 14;
    const FAILED: *mut u8 = null_mut::<u8>().wrapping_sub(1);

    /// Zeroed pages, or null.
    pub fn map(len: usize) -> *mut u8 {
        // SAFETY: a new mapping, which changes no other.
        let start = unsafe { mmap(null_mut(), len, READ_AND_WRITE, PRIVATE | ANONYMOUS, -1, 0) };
        if start == FAILED {
            return null_mut();
        }
        if len >= super::HUGE {
            // SAFETY: advice on this mapping, which changes nothing that can be read from it. Where it fails, pages are small.
            unsafe { madvise(start, len, HUGE_PAGES) };
        }
        start
    }

    /// # Safety
    /// The pages are what [`map`] returned for this length, and are not used any more.
    pub unsafe fn unmap(start: *mut u8, len: usize) {
        // SAFETY: as the caller promises. It can only fail for what is no mapping.
        unsafe { munmap(start, len) };
    }
}

/// Elsewhere the allocator has all memory.
#[cfg(not(all(
    target_os = "linux",
    target_env = "gnu",
    target_pointer_width = "64",
    not(miri)
)))]
mod system {
    pub const CAN_MAP: bool = false;

    pub fn map(_: usize) -> *mut u8 {
        std::ptr::null_mut()
    }

    /// # Safety
    /// It is never called, as nothing is mapped.
    pub unsafe fn unmap(_: *mut u8, _: usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_of_all_sizes_begin_as_zeros_and_keep_what_is_written() {
        for bytes in [0, 16, 4096, MAPPED - 16, MAPPED, MAPPED + 16, 4 << 20] {
            for _ in 0..3 {
                let mut slice = Zeroed::<[u32; 4]>::new(bytes / 16);
                assert_eq!(slice.len(), bytes / 16);
                assert!(slice.iter().all(|word| *word == [0; 4]));
                slice.fill([1, 2, 3, 4]);
                assert!(slice.iter().all(|word| *word == [1, 2, 3, 4]));
            }
        }
    }
}
