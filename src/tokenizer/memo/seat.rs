//! What a thread keeps of a pool while it does not work.

use std::cell::Cell;

use super::{Lent, Pool};

/// The place of one thread for a value of a pool. To be kept in a thread-local variable, and dropped when the thread ends.
///
/// A value that is here is borrowed without a write to memory that other threads read.
pub struct Seat<T: 'static> {
    pool: &'static Pool<T>,
    /// `None` if this thread keeps no value, and while the value is borrowed.
    value: Cell<Option<Box<T>>>,
    /// Whether the pool lets this thread keep a value.
    is_taken: Cell<bool>,
}

impl<T> Seat<T> {
    pub const fn of(pool: &'static Pool<T>) -> Self {
        Self {
            pool,
            value: Cell::new(None),
            is_taken: Cell::new(false),
        }
    }

    /// Does work that finds this value here; it is put back afterwards, and lost if the work panics while it has borrowed it.
    pub fn lend<R>(&self, value: &mut Option<Box<T>>, work: impl FnOnce() -> R) -> R {
        let _returned = Returned {
            to: value,
            from: self,
            before: self.value.take(),
        };
        self.value.set(_returned.to.take());
        work()
    }

    /// A number that no other living thread's seat has.
    fn number(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

impl<T: Lent> Seat<T> {
    /// Does work with the value of this thread, or with one from the pool. Work inside of other work gets another value.
    #[inline]
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let Some(mut value) = self.value.take() else {
            return self.with_pool(work);
        };
        let result = work(&mut value);
        self.value.set(Some(value));
        result
    }

    #[inline(never)]
    fn with_pool<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        if self.is_taken.get() || !self.pool.take_seat() {
            return self.pool.with(self.number(), work);
        }
        self.is_taken.set(true);
        let mut value = self.pool.pop(self.number()).unwrap_or_default();
        let result = work(&mut value);
        self.value.set(Some(value));
        result
    }
}

impl<T> Drop for Seat<T> {
    fn drop(&mut self) {
        if self.is_taken.get() {
            self.pool.leave_seat();
        }
        if let Some(value) = self.value.take() {
            self.pool.put(self.number(), value);
        }
    }
}

/// Puts a value back where it was lent from.
struct Returned<'a, T: 'static> {
    to: &'a mut Option<Box<T>>,
    from: &'a Seat<T>,
    /// What the seat had before.
    before: Option<Box<T>>,
}

impl<T> Drop for Returned<'_, T> {
    fn drop(&mut self) {
        *self.to = self.from.value.replace(self.before.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{catch_unwind, AssertUnwindSafe};

    fn pool() -> &'static Pool<usize> {
        Box::leak(Box::new(Pool::new()))
    }

    fn borrow(seat: &Seat<usize>) -> usize {
        seat.with(|times| {
            *times += 1;
            *times
        })
    }

    #[test]
    fn threads_with_a_seat_keep_their_value_and_others_share() {
        let pool = pool();
        let seats: Vec<_> = (0..9).map(|_| Seat::of(pool)).collect();
        let times = |_| seats.iter().map(borrow).collect::<Vec<_>>();
        assert_eq!(
            [1, 2].map(times),
            [[1, 1, 1, 1, 1, 2, 3, 4, 5], [2, 2, 2, 2, 6, 7, 8, 9, 10]]
        );
    }

    #[test]
    fn the_value_of_a_thread_that_has_ended_goes_to_the_next_one() {
        let pool = pool();
        for times in 1..20 {
            assert_eq!(borrow(&Seat::of(pool)), times);
        }
    }

    #[test]
    fn a_thread_that_ends_leaves_its_seat_to_another() {
        let pool = pool();
        for _ in 0..20 {
            let seat = Seat::of(pool);
            borrow(&seat);
            assert!(seat.is_taken.get());
        }
    }

    #[test]
    fn work_inside_of_other_work_gets_another_value() {
        let seat = Seat::of(pool());
        borrow(&seat);
        for inner in 1..4 {
            assert_eq!(seat.with(|_| borrow(&seat)), inner);
        }
        assert_eq!(borrow(&seat), 2);
    }

    #[test]
    fn work_goes_on_after_a_panic() {
        let seat = Seat::of(pool());
        borrow(&seat);
        let work = AssertUnwindSafe(|| seat.with(|_| panic!("on purpose")));
        assert!(catch_unwind(work).is_err());
        assert_eq!([borrow(&seat), borrow(&seat)], [1, 2]);
    }

    #[test]
    fn a_value_is_lent_for_some_work() {
        let seat = Seat::of(pool());
        assert_eq!(borrow(&seat), 1);
        let mut mine = Some(Box::new(10));
        let times = seat.lend(&mut mine, || [borrow(&seat), borrow(&seat)]);
        assert_eq!((times, mine.as_deref()), ([11, 12], Some(&12)));
        let mut other = Some(Box::new(20));
        seat.lend(&mut mine, || {
            seat.lend(&mut other, || borrow(&seat));
            borrow(&seat)
        });
        assert_eq!((mine.as_deref(), other.as_deref()), (Some(&13), Some(&21)));
        let fails = AssertUnwindSafe(|| seat.lend(&mut mine, || panic!("on purpose")));
        assert!(catch_unwind(fails).is_err());
        assert_eq!((mine.as_deref(), borrow(&seat)), (Some(&13), 2));
    }
}
