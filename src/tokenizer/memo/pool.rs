//! Values that are expensive to make, lent to whoever works with one: as many as work at the same time, however many threads there are.

use std::{
    cell::UnsafeCell,
    ops::Deref,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Mutex,
    },
};

/// Stacks of spare values, so that threads seldom want the same one.
const STACKS: usize = 8;

/// Spare values that are kept while nobody works, beside the owner's.
pub const MOST_SPARE: usize = 7;

/// The owner of a pool that has none.
const NOBODY: usize = 0;

/// A pool of values.
///
/// One thread owns a value, which it borrows without an atomic read-modify-write; others take from stacks. Nobody ever waits: where a
/// stack is locked, the next one is tried, and where there is no value, a new one is made. So neither another thread can hold a borrower
/// up nor a fork, after which a lock may stay locked for ever.
pub struct Pool<T> {
    /// The thread that owns `own`, or [`NOBODY`]. All threads read it each time, and hardly one ever writes it.
    owner: Line<AtomicUsize>,
    /// The owner's value; `None` before it is made and while it is lent.
    own: Line<UnsafeCell<Option<Box<T>>>>,
    stacks: [Line<Stack<T>>; STACKS],
    /// Values that are lent to others than the owner.
    lent: Line<AtomicUsize>,
    /// Values in the stacks.
    spare: Line<AtomicUsize>,
}

type Stack<T> = Mutex<Vec<Box<T>>>;

/// Alone in its cache lines, so that threads that use different fields do not disturb each other. Two threads that encoded short
/// texts took longer than one did, where the fields were side by side.
#[repr(align(128))]
struct Line<T>(T);

impl<T> Deref for Line<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

// SAFETY: `own` is only accessed by the thread whose number is in `owner`. There is one at a time, and giving ownership up synchronises
// with taking it. Values are sent from thread to thread.
unsafe impl<T: Send> Sync for Pool<T> {}

impl<T: Default> Pool<T> {
    pub const fn new() -> Self {
        Self {
            owner: Line(AtomicUsize::new(NOBODY)),
            own: Line(UnsafeCell::new(None)),
            stacks: [const { Line(Mutex::new(vec![])) }; STACKS],
            lent: Line(AtomicUsize::new(0)),
            spare: Line(AtomicUsize::new(0)),
        }
    }

    /// Does work with a value, which is lost if the work panics.
    ///
    /// `thread` is a number that no other living thread has, or 0 for a thread that cannot own a value.
    #[inline]
    pub fn with<R>(&self, thread: usize, work: impl FnOnce(&mut T) -> R) -> R {
        // Relaxed: a thread that finds its own number has written it itself.
        if thread != NOBODY && self.owner.load(Ordering::Relaxed) == thread {
            return self.with_own(work);
        }
        self.with_spare(thread, work)
    }

    /// To be called by the owner only. Work inside of other work gets another value, of which one stays.
    #[inline]
    fn with_own<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: this thread is the owner, and the reference ends here.
        let own = unsafe { (*self.own.get()).take() };
        let mut own = own.unwrap_or_default();
        let result = work(&mut own);
        // SAFETY: as above.
        unsafe { *self.own.get() = Some(own) };
        result
    }

    #[inline(never)]
    fn with_spare<R>(&self, thread: usize, work: impl FnOnce(&mut T) -> R) -> R {
        // Acquire: what the last owner has done to its value is seen.
        let becomes_owner = thread != NOBODY
            && self
                .owner
                .compare_exchange(NOBODY, thread, Ordering::Acquire, Ordering::Relaxed)
                .is_ok();
        if becomes_owner {
            return self.with_own(work);
        }
        self.lent.fetch_add(1, Ordering::Relaxed);
        let mut value = self.pop(thread).unwrap_or_default();
        let result = work(&mut value);
        self.put(thread, value);
        result
    }

    /// Lets another thread become the owner if this one is; to be called when it ends.
    pub fn disown(&self, thread: usize) {
        if thread != NOBODY {
            let _ =
                self.owner
                    .compare_exchange(thread, NOBODY, Ordering::Release, Ordering::Relaxed);
        }
    }
}

impl<T> Pool<T> {
    /// A spare value, from the stack of the thread if that has one.
    fn pop(&self, thread: usize) -> Option<Box<T>> {
        if self.spare.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let value = self
            .stacks_from(thread)
            .find_map(|stack| stack.try_lock().ok()?.pop())?;
        self.spare.fetch_sub(1, Ordering::Relaxed);
        Some(value)
    }

    /// Keeps a value that was lent as long as there are not more spare ones than lent ones and [`MOST_SPARE`]: so when the last of
    /// many threads is done, the others' values have been dropped.
    fn put(&self, thread: usize, value: Box<T>) {
        // Counted first, so that `spare` never falls below zero.
        self.spare.fetch_add(1, Ordering::Relaxed);
        let free = self
            .stacks_from(thread)
            .find_map(|stack| stack.try_lock().ok());
        match free {
            Some(mut stack) => stack.push(value),
            None => {
                self.spare.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.lent.fetch_sub(1, Ordering::Relaxed);
        while self.spare.load(Ordering::Relaxed) > self.lent.load(Ordering::Relaxed) + MOST_SPARE {
            if self.pop(thread).is_none() {
                break;
            }
        }
    }

    /// All stacks, beginning with that of a thread.
    fn stacks_from(&self, thread: usize) -> impl Iterator<Item = &Stack<T>> {
        let first = (thread as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        (0..STACKS).map(move |next| &*self.stacks[(first as usize + next) % STACKS])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        sync::{Arc, Barrier},
        thread,
    };

    /// A value that knows how often it was borrowed, and counts those of its pool that are alive.
    #[derive(Default)]
    struct Borrowed(usize);

    fn borrow(pool: &Pool<Borrowed>, thread: usize) -> usize {
        pool.with(thread, |value| {
            value.0 += 1;
            value.0
        })
    }

    #[test]
    fn the_first_thread_owns_a_value_and_gets_the_same_one_each_time() {
        let pool = Pool::new();
        assert_eq!([10, 10, 10].map(|thread| borrow(&pool, thread)), [1, 2, 3]);
        assert_eq!(pool.spare.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn other_threads_share_what_is_spare() {
        let pool = Pool::new();
        assert_eq!(
            [10, 20, 30, 20].map(|thread| borrow(&pool, thread)),
            [1, 1, 2, 3]
        );
        assert_eq!(pool.spare.load(Ordering::Relaxed), 1);
        assert_eq!(pool.lent.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn the_value_of_an_owner_that_has_ended_goes_to_the_next_thread() {
        let pool = Pool::new();
        borrow(&pool, 10);
        pool.disown(20);
        assert_eq!(borrow(&pool, 20), 1);
        pool.disown(10);
        assert_eq!([30, 30, 20].map(|thread| borrow(&pool, thread)), [2, 3, 2]);
    }

    #[test]
    fn a_thread_without_a_number_never_owns_a_value() {
        let pool = Pool::new();
        assert_eq!([0, 0, 0].map(|thread| borrow(&pool, thread)), [1, 2, 3]);
        assert_eq!(pool.owner.load(Ordering::Relaxed), NOBODY);
        pool.disown(0);
        assert_eq!(borrow(&pool, 10), 1);
    }

    #[test]
    fn a_borrower_inside_of_another_gets_another_value() {
        let pool = Pool::new();
        let inner = pool.with(10, |_| borrow(&pool, 10));
        assert_eq!([inner, borrow(&pool, 10)], [1, 1]);
        let inner = pool.with(20, |_| borrow(&pool, 20));
        assert_eq!(inner, 1);
    }

    /// As after a fork: the thread that had locked the stacks is gone, and so is the owner, in the middle of its work.
    #[test]
    fn nobody_waits_for_a_lock_or_for_the_owner() {
        let pool = Pool::new();
        pool.owner.store(10, Ordering::Relaxed);
        assert_eq!([borrow(&pool, 20), borrow(&pool, 20)], [1, 2]);
        let locked: Vec<_> = pool.stacks.iter().map(|stack| stack.lock()).collect();
        assert_eq!([borrow(&pool, 20), borrow(&pool, 20)], [1, 1]);
        drop(locked);
        assert_eq!(borrow(&pool, 20), 3);
        assert_eq!(pool.spare.load(Ordering::Relaxed), 1);
        let _all_but_one: Vec<_> = pool
            .stacks
            .iter()
            .skip(1)
            .map(|stack| stack.lock())
            .collect();
        borrow(&pool, 20);
        let borrowed = borrow(&pool, 20);
        assert!(borrowed > 1, "the one stack that is free is used");
    }

    #[test]
    fn spare_values_are_dropped_when_fewer_threads_work() {
        const THREADS: usize = 40;
        let pool = Arc::new(Pool::<Borrowed>::new());
        let all_work = Arc::new(Barrier::new(THREADS));
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                let (pool, all_work) = (pool.clone(), all_work.clone());
                thread::spawn(move || {
                    pool.with(number + 2, |_| all_work.wait());
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        // One of them has become the owner. A last look at the counters, as two threads may have looked at the same time before.
        borrow(&pool, 1000);
        let kept: usize = pool
            .stacks
            .iter()
            .map(|stack| stack.lock().unwrap().len())
            .sum();
        assert_eq!(kept, pool.spare.load(Ordering::Relaxed));
        assert!((1..=MOST_SPARE).contains(&kept), "{kept}");
    }

    #[test]
    fn as_many_values_stay_as_work_at_the_same_time() {
        let pool = Pool::new();
        borrow(&pool, 1000);
        fn nested(pool: &Pool<Borrowed>, depth: usize) -> usize {
            pool.with(20, |value| {
                value.0 += 1;
                if depth > 1 {
                    nested(pool, depth - 1)
                } else {
                    pool.spare.load(Ordering::Relaxed)
                }
            })
        }
        assert_eq!(nested(&pool, 20), 0);
        assert_eq!(pool.spare.load(Ordering::Relaxed), MOST_SPARE);
        assert_eq!(nested(&pool, MOST_SPARE), 0);
        assert_eq!(nested(&pool, 2), MOST_SPARE - 2);
    }
}
