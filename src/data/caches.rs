//! Word caches that are kept between calls.

use std::sync::Mutex;

use crate::tokenizer::WordCache;

/// Data sets mix kinds of text: their words do not fit into the caches that all threads share.
const CAPACITY: usize = 16 << 20;

/// How many are kept, so that a machine with many processors does not keep gigabytes for ever.
const MOST: usize = 16;

/// Threads come and go with each call, the caches stay. There is no thread that a process could lose when it forks.
static KEPT: Mutex<Vec<WordCache>> = Mutex::new(Vec::new());

/// Does work in which all text is encoded with a large word cache of its own.
pub(super) fn with_cache<R>(work: impl FnOnce() -> R) -> R {
    // Never waits: in a process that was forked in this very moment the lock stays taken for ever.
    let kept = KEPT.try_lock().ok().and_then(|mut kept| kept.pop());
    let mut cache = kept.unwrap_or_else(|| WordCache::with_capacity(CAPACITY));
    let result = cache.scope(work);
    if let Ok(mut kept) = KEPT.try_lock() {
        if kept.len() < MOST {
            kept.push(cache);
        }
    }
    result
}
