//! Texts and tokens between Python and the tokenizer: what a serving engine calls for every prompt.
//!
//! Everything here avoids work per call and per token that the tokenizer itself would not need; the figures are in
//! `docs/performance.md`.

mod ids;
#[cfg(not(Py_GIL_DISABLED))]
mod ints;
mod list;
#[cfg(not(Py_GIL_DISABLED))]
mod new_list;
mod special;

pub use ids::token_ids;
pub use list::token_list;
pub use special::{policy, Special};

use std::borrow::Cow;
use std::num::NonZeroUsize;

use openai_harmony::error::EncodeError;
use openai_harmony::tokenizer::{SpecialPolicy, Tokenizer};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyMemoryView, PyString};

use super::arguments::{items, text_in_batch};
use super::errors::{disallowed, raise};
use super::text::{text_from, text_of};

/// Work on fewer bytes than this keeps the interpreter lock: giving it up and getting it back takes 50 ns.
const DETACH: usize = 4 << 10;

/// Runs `work` without the interpreter lock if it is on many bytes.
pub fn detached<R: Send>(py: Python<'_>, bytes: usize, work: impl FnOnce() -> R + Send) -> R {
    if bytes < DETACH {
        work()
    } else {
        py.detach(work)
    }
}

fn encoded(
    tokenizer: &Tokenizer,
    text: &Bound<'_, PyString>,
    policy: &SpecialPolicy,
) -> PyResult<Vec<u32>> {
    let py = text.py();
    let text = text_of(text)?;
    detached(py, text.len(), || tokenizer.encode_with(&text, policy))
        .map_err(|error| not_encoded(py, error, None))
}

/// The exception for a text that cannot be encoded; `index` is its place in a batch.
pub fn not_encoded(py: Python<'_>, error: EncodeError, index: Option<usize>) -> PyErr {
    match &error {
        EncodeError::DisallowedSpecialToken { token, .. } => disallowed(py, token, index),
        _ => raise(py, &error.into(), None),
    }
}

/// The tokens of a text as a list.
pub fn encode<'py>(
    tokenizer: &Tokenizer,
    text: &Bound<'py, PyString>,
    policy: &SpecialPolicy,
) -> PyResult<Bound<'py, PyAny>> {
    token_list(text.py(), &encoded(tokenizer, text, policy)?)
}

/// How many tokens a text has. Makes neither a list nor the tokens.
pub fn count(
    tokenizer: &Tokenizer,
    text: &Bound<'_, PyString>,
    policy: &SpecialPolicy,
) -> PyResult<usize> {
    let py = text.py();
    let text = text_of(text)?;
    detached(py, text.len(), || tokenizer.count_with(&text, policy))
        .map_err(|error| not_encoded(py, error, None))
}

/// The tokens of a text as a `memoryview` of unsigned 32-bit numbers, which `numpy.asarray` takes without copying.
pub fn encode_to_buffer<'py>(
    tokenizer: &Tokenizer,
    text: &Bound<'py, PyString>,
    policy: &SpecialPolicy,
) -> PyResult<Bound<'py, PyAny>> {
    let tokens = encoded(tokenizer, text, policy)?;
    let bytes = PyBytes::new_with(text.py(), tokens.len() * 4, |bytes| {
        for (bytes, token) in bytes.chunks_exact_mut(4).zip(&tokens) {
            bytes.copy_from_slice(&token.to_ne_bytes());
        }
        Ok(())
    })?;
    PyMemoryView::from(&bytes)?.call_method1("cast", ("I",))
}

/// The tokens of each text, on several threads without the interpreter lock.
pub fn encode_batch<'py>(
    tokenizer: &Tokenizer,
    texts: &Bound<'py, PyAny>,
    policy: &SpecialPolicy,
    threads: Option<NonZeroUsize>,
) -> PyResult<Bound<'py, PyList>> {
    let py = texts.py();
    const WANTED: &str = "texts must be a collection of strings";
    if texts.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err(format!("{WANTED}, not a string")));
    }
    // The strings are held here, so that none can go away while the lock is given up.
    let strings: Vec<Bound<'py, PyString>> = items(texts, WANTED)?
        .map(|text| text_in_batch(text?))
        .collect::<PyResult<_>>()?;
    let texts: Vec<Cow<'_, str>> = strings.iter().map(text_of).collect::<PyResult<_>>()?;
    let list = PyList::empty(py);
    for (texts, bytes) in portions(&texts) {
        let encoded = detached(py, bytes, || tokenizer.encode_batch(texts, policy, threads));
        // Ctrl-C ends a batch of any length soon.
        py.check_signals()?;
        for tokens in encoded {
            let tokens = tokens.map_err(|error| not_encoded(py, error, Some(list.len())))?;
            list.append(token_list(py, &tokens)?)?;
        }
    }
    Ok(list)
}

/// The texts in portions, each with its bytes: so few that one takes a tenth of a second, and so many that starting threads for each costs
/// nothing beside the work.
fn portions<'t>(texts: &'t [Cow<'t, str>]) -> impl Iterator<Item = (&'t [Cow<'t, str>], usize)> {
    const PORTION: usize = 16 << 20;
    let mut rest = texts;
    std::iter::from_fn(move || {
        let (mut len, mut bytes) = (0, 0);
        while len < rest.len() && bytes < PORTION {
            bytes += rest[len].len();
            len += 1;
        }
        let portion;
        (portion, rest) = rest.split_at(len);
        (len > 0).then_some((portion, bytes))
    })
}

/// The text of tokens; bytes that are not UTF-8 are treated as `errors` says.
pub fn decode<'py>(
    tokenizer: &Tokenizer,
    tokens: &Bound<'py, PyAny>,
    errors: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let py = tokens.py();
    let tokens = token_ids(tokens)?;
    let bytes = detached(py, size_of_val(&tokens[..]), || {
        tokenizer.decode_bytes(&tokens)
    })
    .map_err(|error| raise(py, &error.into(), Some(&tokens)))?;
    text_from(py, &bytes, errors)
}

/// The text of bytes; a `UnicodeDecodeError` if they are not UTF-8.
pub fn decode_strictly<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    text_from(py, bytes, "strict")
}

/// The ids of several sequences.
pub fn sequences_of(batch: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<u32>>> {
    let sequences = items(
        batch,
        "batch must be a collection of sequences of token ids",
    )?;
    sequences.map(|tokens| token_ids(&tokens?)).collect()
}

/// The texts of several sequences of tokens, decoded on several threads without the interpreter lock.
pub fn decode_batch<'py>(
    tokenizer: &Tokenizer,
    batch: &Bound<'py, PyAny>,
    errors: &str,
    threads: Option<NonZeroUsize>,
) -> PyResult<Bound<'py, PyList>> {
    let py = batch.py();
    let sequences = sequences_of(batch)?;
    let bytes = sequences
        .iter()
        .map(|tokens| size_of_val(&tokens[..]))
        .sum();
    let decoded = detached(py, bytes, || tokenizer.decode_batch(&sequences, threads));
    let list = PyList::empty(py);
    for (bytes, tokens) in decoded.into_iter().zip(&sequences) {
        let bytes = bytes.map_err(|error| raise(py, &error.into(), Some(tokens)))?;
        list.append(text_from(py, &bytes, errors)?)?;
    }
    Ok(list)
}
