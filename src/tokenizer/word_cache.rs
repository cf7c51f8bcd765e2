//! Word caches that belong to the caller.

use std::fmt;

use super::encoder::{self, Encoder};

/// A word cache for one thread of bulk work, larger than those that all threads share.
///
/// Threads that encode share a few caches of up to 4.5 MiB, which hold the words of one kind of text. A job that encodes text of many kinds
/// for minutes gains from 16 to 32 MiB for each of its threads. The cache is part of this value: it can be kept between the parts of a
/// job and go from thread to thread, and its memory is freed when the value is dropped.
///
/// ```
/// use openai_harmony::tokenizer::{Tokenizer, WordCache};
///
/// let mut cache = WordCache::with_capacity(32 << 20);
/// for documents in [["one", "two"], ["three", "four"]] {
///     cache.scope(|| {
///         // All that this thread encodes, counts or renders here uses the cache.
///         for document in documents {
///             assert_eq!(Tokenizer::o200k_harmony().count_ordinary(document), 1);
///         }
///     });
/// }
/// ```
pub struct WordCache {
    bytes: usize,
    /// `None` after a panic while something was encoded.
    encoder: Option<Box<Encoder>>,
}

impl WordCache {
    /// A cache of at least 32 KiB. It begins so small and grows to the largest power of two that is not above `bytes`, and an eighth more for
    /// long words.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            bytes,
            encoder: None,
        }
    }

    /// Does work in which everything that this thread encodes uses this cache. Other threads, as those of
    /// [`encode_batch`](super::Tokenizer::encode_batch), do not.
    pub fn scope<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let bytes = self.bytes;
        self.encoder
            .get_or_insert_with(|| Box::new(Encoder::with_table(bytes)));
        encoder::with_encoder(&mut self.encoder, work)
    }
}

impl fmt::Debug for WordCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("WordCache")
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::Tokenizer;

    fn encoded(cache: &WordCache) -> usize {
        let encoder = cache.encoder.as_ref();
        encoder.map_or(0, |encoder| encoder.cached_bytes())
    }

    #[test]
    fn what_is_encoded_in_a_scope_is_cached_there() {
        let tokenizer = Tokenizer::o200k_harmony();
        let letter = |number: u32, at: u32| char::from(b'a' + (number >> (4 * at) & 15) as u8);
        let word = |number| (0..5).map(move |at| letter(number, at)).chain([' ']);
        let text: String = (0..100_000).flat_map(word).collect();
        let alone = tokenizer.encode_ordinary(&text);
        let mut large = WordCache::with_capacity(16 << 20);
        let mut small = WordCache::with_capacity(1 << 16);
        let inside = large.scope(|| {
            assert_eq!(small.scope(|| tokenizer.count_ordinary(&text)), alone.len());
            tokenizer.encode_ordinary(&text)
        });
        assert_eq!(inside, alone);
        assert!(encoded(&large) > 4 << 20 && encoded(&large) <= 18 << 20);
        assert!(encoded(&small) <= 2 << 16);
    }

    #[test]
    fn a_cache_can_be_used_by_one_thread_after_the_other() {
        let mut cache = WordCache::with_capacity(1 << 20);
        for _ in 0..3 {
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    cache.scope(|| Tokenizer::o200k_harmony().count_ordinary("hello world"))
                });
            });
            assert!(encoded(&cache) > 0);
        }
    }

    #[test]
    fn a_cache_outlives_a_panic() {
        let mut cache = WordCache::with_capacity(1 << 20);
        let fails = std::panic::AssertUnwindSafe(|| cache.scope(|| panic!("on purpose")));
        assert!(std::panic::catch_unwind(fails).is_err());
        assert_eq!(
            cache.scope(|| Tokenizer::o200k_harmony().count_ordinary("hello world")),
            2
        );
    }
}
