//! Texts and tokens between Python and the tokenizer: what a serving engine calls for every prompt.
//!
//! Everything here avoids work per call and per token that the tokenizer itself would not need; the figures are in
//! `docs/performance.md`.

mod ids;
mod list;
mod text;

pub use ids::{token_ids, token_list};
pub use text::text_of;

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use openai_harmony::tokenizer::{DecodeError, Tokenizer};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};

use super::errors::{disallowed, raise};
use ids::memory_view;
use text::text_from;

/// Work on fewer bytes than this keeps the interpreter lock: giving it up and getting it back takes 50 ns.
const DETACH: usize = 4 << 10;

/// A batch of fewer bytes is not worth a second thread.
const BATCH_OF_ONE_THREAD: usize = 64 << 10;

/// Runs `work` without the interpreter lock if it is on many bytes.
fn detached<R: Send>(py: Python<'_>, bytes: usize, work: impl FnOnce() -> R + Send) -> R {
    if bytes < DETACH {
        work()
    } else {
        py.detach(work)
    }
}

/// A set of special tokens, as in `allowed_special` and `disallowed_special`.
pub enum Special {
    /// `"all"`
    All,
    /// The tokens with these texts.
    Some(Vec<String>),
}

impl Special {
    fn contains(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(names) => names.iter().any(|known| known == name),
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for Special {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(word) = value.cast::<PyString>() {
            if word.to_cow()? == "all" {
                return Ok(Self::All);
            }
        }
        let names = value.try_iter()?.map(|name| name?.extract());
        names.collect::<PyResult<_>>().map(Self::Some)
    }
}

/// Which special tokens' texts stand for these tokens, and which are errors.
pub struct Rules {
    allowed: Special,
    disallowed: Special,
}

impl Rules {
    /// From `allowed_special` and `disallowed_special`.
    pub fn new(allowed: Special, disallowed: Special) -> Self {
        Self {
            allowed,
            disallowed,
        }
    }

    /// The error for the first text that is not allowed.
    fn check(&self, py: Python<'_>, tokenizer: &Tokenizer, text: &str) -> PyResult<()> {
        let found = match &self.disallowed {
            Special::All => tokenizer
                .find_special(text, |name| !self.allowed.contains(name))
                .map(|(_, name)| name),
            Special::Some(names) => names
                .iter()
                .filter_map(|name| text.find(name.as_str()).map(|at| (at, name.as_str())))
                .min()
                .map(|(_, name)| name),
        };
        found.map_or(Ok(()), |name| Err(disallowed(py, name)))
    }

    fn encode(&self, tokenizer: &Tokenizer, text: &str) -> Vec<u32> {
        match &self.allowed {
            Special::All => tokenizer.encode_with_special_tokens(text),
            Special::Some(names) if names.is_empty() => tokenizer.encode_ordinary(text),
            Special::Some(names) => {
                tokenizer
                    .encode(text, &names.iter().map(String::as_str).collect())
                    .0
            }
        }
    }

    fn count(&self, tokenizer: &Tokenizer, text: &str) -> usize {
        match &self.allowed {
            Special::Some(names) if names.is_empty() => tokenizer.count_ordinary(text),
            _ => self.encode(tokenizer, text).len(),
        }
    }
}

/// The tokens of a text as a list.
pub fn encode<'py>(
    tokenizer: &Tokenizer,
    text: &Bound<'py, PyString>,
    rules: &Rules,
) -> PyResult<Bound<'py, PyAny>> {
    let py = text.py();
    let text = text_of(text)?;
    rules.check(py, tokenizer, &text)?;
    let tokens = detached(py, text.len(), || rules.encode(tokenizer, &text));
    token_list(py, &tokens)
}

/// How many tokens a text has. Makes neither a list nor, but for allowed special tokens, the tokens.
pub fn count(tokenizer: &Tokenizer, text: &Bound<'_, PyString>, rules: &Rules) -> PyResult<usize> {
    let py = text.py();
    let text = text_of(text)?;
    rules.check(py, tokenizer, &text)?;
    Ok(detached(py, text.len(), || rules.count(tokenizer, &text)))
}

/// The tokens of a text as a `memoryview` of unsigned 32-bit numbers, which `numpy.asarray` takes without copying.
pub fn encode_to_buffer<'py>(
    tokenizer: &Tokenizer,
    text: &Bound<'py, PyString>,
    rules: &Rules,
) -> PyResult<Bound<'py, PyAny>> {
    let py = text.py();
    let text = text_of(text)?;
    rules.check(py, tokenizer, &text)?;
    let tokens = detached(py, text.len(), || rules.encode(tokenizer, &text));
    let bytes = PyBytes::new_with(py, tokens.len() * 4, |bytes| {
        for (bytes, token) in bytes.chunks_exact_mut(4).zip(&tokens) {
            bytes.copy_from_slice(&token.to_ne_bytes());
        }
        Ok(())
    })?;
    memory_view(&bytes)?.call_method1("cast", ("I",))
}

/// The tokens of each text, on several threads without the interpreter lock.
pub fn encode_batch<'py>(
    tokenizer: &Tokenizer,
    texts: &Bound<'py, PyAny>,
    rules: &Rules,
    threads: Option<usize>,
) -> PyResult<Bound<'py, PyList>> {
    let py = texts.py();
    // The strings are held here, so that none can go away while the lock is given up.
    let strings: Vec<Bound<'py, PyString>> = texts
        .try_iter()?
        .map(|text| Ok(text?.cast_into()?))
        .collect::<PyResult<_>>()?;
    let texts: Vec<Cow<'_, str>> = strings.iter().map(text_of).collect::<PyResult<_>>()?;
    texts
        .iter()
        .try_for_each(|text| rules.check(py, tokenizer, text))?;
    let bytes = texts.iter().map(|text| text.len()).sum();
    let threads = thread_count(threads, bytes)?;
    let encoded = detached(py, bytes, || {
        in_parallel(&texts, threads, |text| rules.encode(tokenizer, text))
    });
    let list = PyList::empty(py);
    for tokens in encoded {
        list.append(token_list(py, &tokens)?)?;
    }
    Ok(list)
}

/// The text of tokens; bytes that are no UTF-8 are treated as `errors` says.
pub fn decode<'py>(
    tokenizer: &Tokenizer,
    tokens: &Bound<'py, PyAny>,
    errors: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let py = tokens.py();
    let tokens = token_ids(tokens)?;
    let bytes = detached(py, tokens.len(), || tokenizer.decode_bytes(&tokens))
        .map_err(|error| raise(py, &error.into(), Some(&tokens)))?;
    text_from(py, &bytes, errors)
}

/// The texts of several sequences of tokens, decoded on several threads without the interpreter lock.
pub fn decode_batch<'py>(
    tokenizer: &Tokenizer,
    batch: &Bound<'py, PyAny>,
    errors: &str,
    threads: Option<usize>,
) -> PyResult<Bound<'py, PyList>> {
    let py = batch.py();
    let sequences: Vec<Vec<u32>> = batch
        .try_iter()?
        .map(|tokens| token_ids(&tokens?))
        .collect::<PyResult<_>>()?;
    let bytes = sequences.iter().map(|tokens| tokens.len() * 4).sum();
    let threads = thread_count(threads, bytes)?;
    let decoded: Vec<Result<Vec<u8>, DecodeError>> = detached(py, bytes, || {
        in_parallel(&sequences, threads, |tokens| tokenizer.decode_bytes(tokens))
    });
    let list = PyList::empty(py);
    for (bytes, tokens) in decoded.into_iter().zip(&sequences) {
        let bytes = bytes.map_err(|error| raise(py, &error.into(), Some(tokens)))?;
        list.append(text_from(py, &bytes, errors)?)?;
    }
    Ok(list)
}

/// How many threads a batch gets: as many as asked for or, if nothing was said, as there are processors.
fn thread_count(wanted: Option<usize>, bytes: usize) -> PyResult<usize> {
    match wanted {
        Some(0) => Err(PyValueError::new_err("num_threads must be at least 1")),
        Some(threads) => Ok(threads),
        None if bytes < BATCH_OF_ONE_THREAD => Ok(1),
        None => Ok(thread::available_parallelism().map_or(1, usize::from)),
    }
}

/// The result of `work` for each item, in order. Each thread takes the next item that none has taken.
fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let threads = threads.min(items.len());
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let taken = AtomicUsize::new(0);
    let take = || {
        let mut done = vec![];
        while let Some((index, item)) = {
            let index = taken.fetch_add(1, Ordering::Relaxed);
            items.get(index).map(|item| (index, item))
        } {
            done.push((index, work(item)));
        }
        done
    };
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    thread::scope(|scope| {
        let workers: Vec<_> = (1..threads).map(|_| scope.spawn(take)).collect();
        let own = take();
        let theirs = workers.into_iter().map(|worker| {
            worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        for (index, result) in theirs.flatten().chain(own) {
            results[index] = Some(result);
        }
    });
    results.into_iter().flatten().collect()
}
