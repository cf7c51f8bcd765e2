//! Values that are expensive to make, lent to whoever works with one: as many as work at the same time, however many threads there are.

use std::{
    num::NonZeroUsize,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Mutex, OnceLock,
    },
    thread,
};

/// Threads that may keep a value while they do not work.
const SEATS: usize = 4;

/// Shelves of spare values, so that threads seldom want the same one. Each keeps one value while nobody works: with seven values of
/// up to 8 MiB, a thousand threads that wait hold less than 64 MiB.
const SHELVES: usize = 3;

/// Values for each processor that are lent at full size. A thread that was interrupted by others keeps its value meanwhile.
const FULL_FOR_EACH_PROCESSOR: usize = 4;

/// What a pool lends.
pub trait Lent: Default {
    /// A value that takes little memory. It is lent while so many others are that one more of full size would make nothing faster, and is
    /// dropped afterwards.
    fn small() -> Self;
}

/// A pool of values.
///
/// The first few threads keep theirs, each in its [`Seat`](super::Seat); others take one from a shelf and put it back. Nobody ever waits:
/// where a shelf is locked, the next one is tried, and where there is no value, a new one is made: of full size for as many threads as keep the
/// processors busy, and [`small`](Lent::small) for more. So neither another thread can hold a
/// borrower up nor a fork, after which a lock may stay locked for ever.
pub struct Pool<T> {
    shelves: [Shelf<T>; SHELVES],
    seats: AtomicUsize,
}

/// Alone in its cache lines, so that threads with different shelves do not disturb each other. Two threads that encoded short texts took
/// longer than one did where all counted in the same line.
#[repr(align(128))]
struct Shelf<T> {
    spare: Mutex<Vec<Box<T>>>,
    /// How many values are lent to threads of this shelf.
    lent: AtomicUsize,
}

impl<T: Lent> Pool<T> {
    /// Does work with a value that others may have used before. The value is lost if the work panics.
    ///
    /// `borrower` is a number that tells threads apart. It chooses the shelf, and may be any.
    #[inline(never)]
    pub fn with<R>(&self, borrower: usize, work: impl FnOnce(&mut T) -> R) -> R {
        let counted = Counted::of(&self.shelves[shelf_of(borrower)]);
        let mut value = match self.pop(borrower) {
            Some(value) => value,
            None if self.lent() > most_lent() => {
                // Not on the stack, which a thread keeps.
                let mut small = Box::new(T::small());
                return work(&mut small);
            }
            None => Box::default(),
        };
        let result = work(&mut value);
        drop(counted);
        self.put(borrower, value);
        result
    }
}

impl<T> Pool<T> {
    pub const fn new() -> Self {
        const {
            Self {
                shelves: [const {
                    Shelf {
                        spare: Mutex::new(vec![]),
                        lent: AtomicUsize::new(0),
                    }
                }; SHELVES],
                seats: AtomicUsize::new(0),
            }
        }
    }

    /// A spare value, from the shelf of the borrower if that has one; `None` if there is none or all shelves are locked.
    pub fn pop(&self, borrower: usize) -> Option<Box<T>> {
        self.shelves_from(borrower)
            .find_map(|shelf| shelf.spare.try_lock().ok()?.pop())
    }

    /// Keeps a value, and drops the oldest ones where there are more spare ones than lent ones and one. So when the last of many threads is
    /// done, the others' values have been dropped.
    pub fn put(&self, borrower: usize, value: Box<T>) {
        for shelf in self.shelves_from(borrower) {
            let Ok(mut spare) = shelf.spare.try_lock() else {
                continue;
            };
            spare.push(value);
            // Relaxed: the last thread of a shelf that puts a value back has counted down itself.
            let most = shelf.lent.load(Ordering::Relaxed) + 1;
            let surplus = spare.len().saturating_sub(most);
            let surplus: Vec<_> = spare.drain(..surplus).collect();
            // Others may use the shelf while values are dropped.
            drop(spare);
            drop(surplus);
            return;
        }
    }

    /// How many values are lent to threads without a seat.
    fn lent(&self) -> usize {
        let lent = self.shelves.iter().map(|shelf| &shelf.lent);
        // Relaxed: a value too many or too few makes no difference.
        lent.map(|lent| lent.load(Ordering::Relaxed)).sum()
    }

    /// Whether one more thread may keep a value.
    pub fn take_seat(&self) -> bool {
        // Read first, so that threads that get none write nothing that others read.
        self.seats.load(Ordering::Relaxed) < SEATS
            && (self.seats.fetch_add(1, Ordering::Relaxed) < SEATS || {
                self.leave_seat();
                false
            })
    }

    /// To be called by a thread that keeps a value, when it ends.
    pub fn leave_seat(&self) {
        self.seats.fetch_sub(1, Ordering::Relaxed);
    }

    /// All shelves, beginning with that of the borrower.
    fn shelves_from(&self, borrower: usize) -> impl Iterator<Item = &Shelf<T>> {
        let (before, from) = self.shelves.split_at(shelf_of(borrower));
        from.iter().chain(before)
    }
}

/// Numbers of threads are addresses, at equal distances.
fn shelf_of(borrower: usize) -> usize {
    let hash = (borrower as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    ((hash * SHELVES as u64) >> 32) as usize
}

/// How many values are lent at full size.
///
/// The system is asked once, when all shelves are empty for the first time: it may read several files to answer.
fn most_lent() -> usize {
    static MOST: OnceLock<usize> = OnceLock::new();
    *MOST.get_or_init(|| {
        let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        FULL_FOR_EACH_PROCESSOR * processors
    })
}

/// Counts one more value as lent until it is dropped, as where the work panics.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn of<T>(shelf: &'a Shelf<T>) -> Self {
        shelf.lent.fetch_add(1, Ordering::Relaxed);
        Self(&shelf.lent)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{sync::Barrier, thread};

    /// What a small value begins with.
    const SMALL: usize = 1 << 20;

    impl Lent for Borrowed {
        fn small() -> Self {
            SMALL
        }
    }

    /// How often a value was borrowed.
    type Borrowed = usize;

    fn borrow(pool: &Pool<Borrowed>, borrower: usize) -> usize {
        pool.with(borrower, |times| {
            *times += 1;
            *times
        })
    }

    fn spare(pool: &Pool<Borrowed>) -> usize {
        let spare = pool.shelves.iter().map(|shelf| &shelf.spare);
        spare.map(|spare| spare.lock().unwrap().len()).sum()
    }

    /// Borrows as many values at the same time as asked for.
    fn nested(pool: &Pool<Borrowed>, borrower: usize, depth: usize) {
        if depth > 0 {
            pool.with(borrower, |_| nested(pool, borrower, depth - 1));
        }
    }

    #[test]
    fn borrowers_one_after_the_other_share_a_value() {
        let pool = Pool::new();
        let borrowers = [10, 10, 20, 30, 1000, 0];
        assert_eq!(
            borrowers.map(|borrower| borrow(&pool, borrower)),
            [1, 2, 3, 4, 5, 6]
        );
        assert_eq!((spare(&pool), pool.lent()), (1, 0));
    }

    #[test]
    fn a_borrower_inside_of_another_gets_another_value() {
        let pool = Pool::new();
        let inner = pool.with(20, |_| borrow(&pool, 20));
        assert_eq!(inner, 1);
        assert_eq!((spare(&pool), pool.lent()), (1, 0));
    }

    #[test]
    fn of_many_values_of_a_shelf_one_stays() {
        let pool = Pool::new();
        nested(&pool, 20, 40);
        assert_eq!((spare(&pool), pool.lent()), (1, 0));
    }

    #[test]
    fn no_more_values_of_full_size_are_lent_than_keep_the_processors_busy() {
        let pool = Pool::new();
        /// How many of the values are of full size that are borrowed at the same time.
        fn full(pool: &Pool<Borrowed>, depth: usize) -> usize {
            if depth == 0 {
                return 0;
            }
            pool.with(20, |value| {
                usize::from(*value < SMALL) + full(pool, depth - 1)
            })
        }
        let many = 2 * most_lent();
        for _ in 0..3 {
            assert_eq!(full(&pool, many), most_lent());
            assert_eq!(full(&pool, 1), 1);
            assert_eq!((spare(&pool), pool.lent()), (1, 0));
        }
    }

    #[test]
    fn each_shelf_keeps_a_value() {
        let pool = Pool::new();
        let borrower_of = |shelf| (1..).find(|&borrower| shelf_of(borrower) == shelf).unwrap();
        let values: Vec<_> = (0..SHELVES).map(|_| Box::new(1)).collect();
        for (shelf, value) in values.into_iter().enumerate() {
            pool.put(borrower_of(shelf), value);
        }
        assert_eq!(spare(&pool), SHELVES);
        for shelf in 0..SHELVES {
            assert_eq!(borrow(&pool, borrower_of(shelf)), 2);
        }
    }

    #[test]
    fn the_values_of_threads_that_still_work_are_expected_back() {
        let pool = Pool::new();
        pool.with(20, |_| {
            nested(&pool, 20, 5);
            assert_eq!(spare(&pool), 2);
        });
    }

    #[test]
    fn work_that_panics_loses_its_value_and_nothing_else() {
        let pool = Pool::new();
        borrow(&pool, 10);
        let failed = thread::scope(|scope| {
            scope
                .spawn(|| pool.with(10, |_| panic!("on purpose")))
                .join()
        });
        assert!(failed.is_err());
        assert_eq!((spare(&pool), pool.lent()), (0, 0));
        assert_eq!([borrow(&pool, 10), borrow(&pool, 10)], [1, 2]);
    }

    /// As after a fork: the thread that had locked the shelves is gone.
    #[test]
    fn nobody_waits_for_a_lock() {
        let pool = Pool::new();
        assert_eq!([borrow(&pool, 20), borrow(&pool, 20)], [1, 2]);
        let mut locked: Vec<_> = pool
            .shelves
            .iter()
            .map(|shelf| shelf.spare.lock())
            .collect();
        assert_eq!([borrow(&pool, 20), borrow(&pool, 20)], [1, 1]);
        // One shelf that is free is enough, whichever it is.
        locked.pop();
        borrow(&pool, 20);
        assert!(borrow(&pool, 20) > 1);
    }

    #[test]
    fn values_are_dropped_when_fewer_threads_work() {
        const THREADS: usize = 40;
        let pool = Pool::<Borrowed>::new();
        let all_work = Barrier::new(THREADS);
        thread::scope(|scope| {
            for number in 0..THREADS {
                let (pool, all_work) = (&pool, &all_work);
                scope.spawn(move || pool.with(number << 12, |_| all_work.wait()));
            }
        });
        // Where a shelf was locked, a value may be on another one, which looks at its number when it is used again.
        for shelf in &pool.shelves {
            let kept = shelf.spare.lock().unwrap().len();
            assert!(kept <= THREADS / SHELVES, "{kept}");
        }
        assert_eq!(pool.lent(), 0);
    }

    #[test]
    fn only_so_many_threads_have_a_seat() {
        let pool = Pool::<Borrowed>::new();
        for _ in 0..SEATS {
            assert!(pool.take_seat());
        }
        assert!(!pool.take_seat() && !pool.take_seat());
        pool.leave_seat();
        assert!(pool.take_seat() && !pool.take_seat());
    }
}
