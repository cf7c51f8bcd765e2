//! Texts to lists of token ids in one column, and back.

use std::num::NonZeroUsize;
use std::ops::Range;

use super::caches::with_cache;
use super::column::{offset, Column, Texts, TooLarge};
use super::prepare::Interrupted;
use crate::error::{DecodeError, EncodeError};
use crate::parallel;
use crate::tokenizer::{SpecialPolicy, Tokenizer};

/// Texts that can be asked for one by one, from any thread.
pub trait TextSource: Sync {
    /// The number of texts.
    fn count(&self) -> usize;

    /// The text at `index`, which is less than the count.
    fn text(&self, index: usize) -> &str;
}

impl<T: AsRef<str> + Sync> TextSource for [T] {
    fn count(&self) -> usize {
        self.len()
    }

    fn text(&self, index: usize) -> &str {
        self[index].as_ref()
    }
}

/// Lists of token ids one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenLists {
    /// The ids of all lists.
    pub values: Vec<u32>,
    /// List `i` is the ids from `offsets[i]` to `offsets[i + 1]`.
    pub offsets: Vec<usize>,
}

impl Default for TokenLists {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            offsets: vec![0],
        }
    }
}

impl TokenLists {
    /// Appends a list.
    pub fn push(&mut self, tokens: &[u32]) {
        self.values.extend_from_slice(tokens);
        self.offsets.push(self.values.len());
    }

    /// The number of lists.
    pub fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Whether there are no lists.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The list at `index`.
    pub fn get(&self, index: usize) -> Option<&[u32]> {
        let (start, end) = (self.offsets.get(index)?, self.offsets.get(index + 1)?);
        self.values.get(*start..*end)
    }
}

/// Why texts were not encoded, or token ids not decoded.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchError<E> {
    /// The text or the list at this index is at fault.
    #[error("at index {index}: {error}")]
    Item {
        /// The index of the text or the list.
        index: usize,
        /// What is wrong with it.
        error: E,
    },
    /// There is no result.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

/// How many bytes of text, or so many ids, are handed to a thread at once.
const CHUNK: usize = 128 << 10;

/// The token ids of texts as one column of lists of 32-bit integers.
///
/// Special tokens in the texts are treated as `policy` says. Without a number of `threads`, as many work as the machine runs at once.
/// `stop` is asked now and then, on all threads.
///
/// # Errors
/// The first text that the policy refuses; [`Interrupted`] as for [`prepare`](super::prepare).
pub fn encode_batch<T: TextSource + ?Sized>(
    tokenizer: &Tokenizer,
    texts: &T,
    policy: &SpecialPolicy,
    threads: Option<NonZeroUsize>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Column, BatchError<EncodeError>> {
    let encode = |range: Range<usize>| {
        let mut lists = TokenLists::default();
        for index in range {
            let encoded = tokenizer.encode_with_into(texts.text(index), policy, &mut lists.values);
            encoded.map_err(|error| BatchError::Item { index, error })?;
            lists.offsets.push(lists.values.len());
        }
        Ok::<_, BatchError<EncodeError>>(lists)
    };
    let work = |range| match stop() {
        true => Err(Interrupted::Stopped.into()),
        false => with_cache(|| encode(range)),
    };
    let ranges = ranges(texts.count(), |index| texts.text(index).len());
    let parts = parallel::map(ranges, threads, work);
    let parts: Vec<TokenLists> = parts.into_iter().collect::<Result<_, _>>()?;
    Ok(joined(&parts).map_err(Interrupted::from)?)
}

fn joined(parts: &[TokenLists]) -> Result<Column, TooLarge> {
    let count: usize = parts.iter().map(|part| part.values.len()).sum();
    offset(count)?;
    let mut values = Vec::with_capacity(count);
    let mut offsets = vec![0];
    for part in parts {
        let start = values.len();
        // All ids are below 201,089, and all offsets fit because the last one does.
        values.extend(part.values.iter().map(|&id| id as i32));
        offsets.extend(part.offsets[1..].iter().map(|end| (start + end) as i32));
    }
    Ok(Column::List {
        offsets,
        items: Box::new(Column::Int32(values)),
    })
}

/// The texts of lists of token ids as one column. Bytes that are not UTF-8 become U+FFFD.
///
/// # Errors
/// The first list with an id that no token has; [`Interrupted`] as for [`prepare`](super::prepare).
pub fn decode_batch(
    tokenizer: &Tokenizer,
    lists: &TokenLists,
    threads: Option<NonZeroUsize>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Column, BatchError<DecodeError>> {
    let decode = |range: Range<usize>| {
        let decoded = range.map(|index| {
            let tokens = lists.get(index).unwrap_or_default();
            let bytes = tokenizer.decode_bytes(tokens);
            let bytes = bytes.map_err(|error| BatchError::Item { index, error })?;
            Ok(match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
            })
        });
        decoded.collect::<Result<Vec<String>, BatchError<DecodeError>>>()
    };
    let work = |range| match stop() {
        true => Err(Interrupted::Stopped.into()),
        false => decode(range),
    };
    let length = |index| lists.get(index).map_or(0, <[u32]>::len);
    let mut texts = Texts::default();
    for part in parallel::map(ranges(lists.len(), length), threads, work) {
        for text in part? {
            texts.push(Some(&text)).map_err(Interrupted::from)?;
        }
    }
    Ok(Column::Text(texts))
}

/// Divides items into ranges of about the same size.
pub(super) fn ranges(
    count: usize,
    size: impl Fn(usize) -> usize,
) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let mut end = start;
        let mut bytes = 0;
        while end < count && bytes < CHUNK {
            // Also empty items are work.
            bytes += size(end) + 16;
            end += 1;
        }
        let range = start..end;
        start = end;
        (!range.is_empty()).then_some(range)
    })
}
