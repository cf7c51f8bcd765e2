//! One ordered map over threads.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// How many items may wait, for each thread: enough that none runs dry while others are read, because to sleep and to be
/// woken takes as long as the work on several short ones; and few enough that a long source is not read into memory.
const WAITING: usize = 64;

/// How many items are handed over at once at most. One hand-over costs as much as the work on a very short item.
const MOST_AT_ONCE: usize = 32;

/// Into how many groups, for each thread, the items are divided at least. The last group decides how long the others wait.
const GROUPS: usize = 8;

/// `work` for every item, in the order of the items.
///
/// The calling thread takes the items from their source while the others work on those it has; when enough of them
/// wait, it works itself. So reading the items and the work on them overlap, and items whose sizes differ by orders of
/// magnitude keep all threads busy.
///
/// Without a number, as many threads work as the machine runs at once, and never more. Where the system gives fewer
/// threads, those do the work; the calling thread is always one of them.
pub(crate) fn map<T: Send, R: Send>(
    items: impl IntoIterator<Item = T>,
    threads: Option<NonZeroUsize>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    map_with_rest(items, threads, |item| (work(item), ()))
}

/// Adds up the results of `work` for every item, in the order of the items.
///
/// The calling thread adds results while the others work, as soon as those of all earlier items are there. So the results do not take memory
/// together, and little is left to one thread at the end.
pub(crate) fn fold<T: Send, R: Send, All>(
    items: impl IntoIterator<Item = T>,
    threads: Option<NonZeroUsize>,
    work: impl Fn(T) -> R + Sync,
    mut all: All,
    mut add: impl FnMut(&mut All, R),
) -> All {
    if most_threads(threads) <= 1 {
        for item in items {
            add(&mut all, work(item));
        }
        return all;
    }
    let mut next = 0;
    let mut early = BTreeMap::new();
    let work = |item| (work(item), ());
    for_each_group(items, threads, work, |group| {
        early.insert(group.first, group.items);
        while let Some(results) = early.remove(&next) {
            next += results.len();
            results.into_iter().for_each(|result| add(&mut all, result));
        }
    });
    all
}

/// As [`map`], where `work` also returns what the calling thread is to drop, soon after it was returned.
///
/// For items of many small parts that the calling thread has allocated: allocators take memory back fast from the thread that they gave
/// it to, and make others wait. Measured on two threads, 4,000 short chats took more processor time than on one for that reason.
pub(crate) fn map_with_rest<T: Send, R: Send, Rest: Send>(
    items: impl IntoIterator<Item = T>,
    threads: Option<NonZeroUsize>,
    work: impl Fn(T) -> (R, Rest) + Sync,
) -> Vec<R> {
    if most_threads(threads) <= 1 {
        return items.into_iter().map(|item| work(item).0).collect();
    }
    let mut groups = Vec::new();
    for_each_group(items, threads, work, |group| groups.push(group));
    groups.sort_unstable_by_key(|group| group.first);
    groups.into_iter().flat_map(|group| group.items).collect()
}

/// Does `work` for every item, and gives the results to `done` on the calling thread, group by group, in any order.
fn for_each_group<T: Send, R: Send, Rest: Send>(
    items: impl IntoIterator<Item = T>,
    threads: Option<NonZeroUsize>,
    work: impl Fn(T) -> (R, Rest) + Sync,
    mut done: impl FnMut(Group<R>),
) {
    let mut items = items.into_iter().peekable();
    let Some(first) = items.next() else {
        return;
    };
    if items.peek().is_none() {
        let items = vec![work(first).0];
        return done(Group { first: 0, items });
    }

    let threads = most_threads(threads);
    let queue = Queue::default();
    let work = |group: Group<T>| {
        let (items, rest) = group.items.into_iter().map(&work).unzip();
        let first = group.first;
        (Group { first, items }, rest)
    };
    let help = || {
        while let Some(group) = queue.wait() {
            queue.finish(work(group));
        }
    };
    thread::scope(|scope| {
        let helpers: Vec<_> = (1..threads)
            .map_while(|_| thread::Builder::new().spawn_scoped(scope, help).ok())
            .collect();
        let items = std::iter::once(first).chain(items);
        hand_over(items, &queue, threads, work, &mut done);
        while let Some(group) = queue.take() {
            done(work(group).0);
            queue.finished().for_each(&mut done);
        }
        for helper in helpers {
            if let Err(panic) = helper.join() {
                std::panic::resume_unwind(panic);
            }
        }
        queue.finished().for_each(&mut done);
    });
}

/// How many threads may work.
fn most_threads(wanted: Option<NonZeroUsize>) -> usize {
    let processors = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    match wanted {
        // The number of processors is not asked for: the system may read several files for it.
        Some(NonZeroUsize::MIN) => 1,
        Some(wanted) => wanted.get().min(processors()),
        None => processors(),
    }
}

/// Hands all items over in groups, and closes the queue. Works on a group whenever too many items wait, and gives what is finished by then to
/// `done`.
fn hand_over<T, R, Rest>(
    items: impl Iterator<Item = T>,
    queue: &Queue<T, R, Rest>,
    threads: usize,
    work: impl Fn(Group<T>) -> (Group<R>, Vec<Rest>),
    mut done: impl FnMut(Group<R>),
) {
    // Also where the source or the work panics: the helpers would wait for ever.
    let _close = CloseAtEnd(queue);
    let mut items = items.peekable();
    let mut first = 0;
    while items.peek().is_some() {
        let size = (first / (GROUPS * threads)).clamp(1, MOST_AT_ONCE);
        let group = Group {
            first,
            items: items.by_ref().take(size).collect::<Vec<_>>(),
        };
        first += group.items.len();
        queue.push(group);
        while queue.len() > WAITING * threads {
            if let Some(group) = queue.take() {
                done(work(group).0);
            }
        }
        queue.finished().for_each(&mut done);
    }
}

/// Items that follow each other in the source, or their results.
struct Group<T> {
    /// The index of the first one.
    first: usize,
    items: Vec<T>,
}

/// Groups that wait for a thread, and those that the threads are done with.
struct Queue<T, R, Rest> {
    state: Mutex<State<T>>,
    changed: Condvar,
    finished: Mutex<Vec<(Group<R>, Vec<Rest>)>>,
}

struct State<T> {
    waiting: VecDeque<Group<T>>,
    /// How many items the groups have.
    items: usize,
    closed: bool,
}

impl<T> State<T> {
    fn pop(&mut self) -> Option<Group<T>> {
        let group = self.waiting.pop_front()?;
        self.items -= group.items.len();
        Some(group)
    }
}

impl<T, R, Rest> Default for Queue<T, R, Rest> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                items: 0,
                closed: false,
            }),
            changed: Condvar::new(),
            finished: Mutex::default(),
        }
    }
}

impl<T, R, Rest> Queue<T, R, Rest> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // OK because no code of the caller runs while it is locked: what a panic leaves is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, group: Group<T>) {
        let mut state = self.lock();
        state.items += group.items.len();
        state.waiting.push_back(group);
        drop(state);
        self.changed.notify_one();
    }

    /// How many items wait.
    fn len(&self) -> usize {
        self.lock().items
    }

    /// The next group, if there is one.
    fn take(&self) -> Option<Group<T>> {
        self.lock().pop()
    }

    fn finish(&self, group: (Group<R>, Vec<Rest>)) {
        let finished = self.finished.lock();
        finished.unwrap_or_else(PoisonError::into_inner).push(group);
    }

    /// The results since the last time. What is left of the items is dropped here.
    fn finished(&self) -> impl Iterator<Item = Group<R>> {
        let finished = self.finished.lock();
        let groups = std::mem::take(&mut *finished.unwrap_or_else(PoisonError::into_inner));
        groups.into_iter().map(|(group, _)| group)
    }

    /// The next group, as soon as there is one; `None` after the last.
    fn wait(&self) -> Option<Group<T>> {
        let mut state = self.lock();
        loop {
            if let Some(group) = state.pop() {
                return Some(group);
            }
            if state.closed {
                return None;
            }
            let woken = self.changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Closes a queue when it is dropped.
struct CloseAtEnd<'a, T, R, Rest>(&'a Queue<T, R, Rest>);

impl<T, R, Rest> Drop for CloseAtEnd<'_, T, R, Rest> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::{fold, map, MOST_AT_ONCE, WAITING};
    use std::num::NonZeroUsize;
    use std::panic::{catch_unwind, AssertUnwindSafe};
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_are_in_the_order_of_the_items() {
        for threads in [
            None,
            NonZeroUsize::new(1),
            NonZeroUsize::new(7),
            NonZeroUsize::new(2000),
        ] {
            for length in [0, 1, 2, 1000] {
                let doubled = map(0..length, threads, |item| item * 2);
                assert!(doubled.into_iter().eq((0..length).map(|item| item * 2)));
                let doubled = fold(0..length, threads, |item| item * 2, Vec::new(), Vec::push);
                assert!(doubled.into_iter().eq((0..length).map(|item| item * 2)));
            }
        }
    }

    #[test]
    fn a_long_source_is_not_read_ahead() {
        let worked = AtomicUsize::new(0);
        let source = (0..10_000).inspect(|index| {
            // Relaxed: the number only grows, and an old one makes the check stricter.
            let ahead = index - worked.load(Ordering::Relaxed).min(*index);
            // Two more groups for each thread: one in work, and one taken but not yet counted.
            assert!(ahead <= (WAITING + 2 * MOST_AT_ONCE) * num_threads());
        });
        map(source, None, |_| worked.fetch_add(1, Ordering::Relaxed));
        assert_eq!(worked.into_inner(), 10_000);
    }

    #[test]
    fn a_panic_of_the_source_or_the_work_reaches_the_caller() {
        let fails_at = |index: usize| assert!(index < 500, "on purpose");
        let of_source =
            AssertUnwindSafe(|| map((0..1000).inspect(|&at| fails_at(at)), None, |_| ()));
        assert!(catch_unwind(of_source).is_err());
        let of_work = AssertUnwindSafe(|| map(0..1000, None, fails_at));
        assert!(catch_unwind(of_work).is_err());
    }

    fn num_threads() -> usize {
        std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
    }
}
