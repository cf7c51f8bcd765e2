//! What `openai_harmony.plain_text` adds to the methods of an encoding: single tokens, offsets, bounded counts.

use std::num::NonZeroUsize;

use openai_harmony::error::DecodeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};

use super::arguments;
use super::encoding::PyHarmonyEncoding;
use super::errors::raise;
use super::rendered::token_array;
use super::text::text_of;
use super::tokenizer::{
    self, decode_strictly, detached, policy, sequences_of, token_ids, token_list, Special,
};

/// The id of the token that has exactly these bytes, ordinary or special.
#[pyfunction]
pub fn single_token(encoding: &PyHarmonyEncoding, bytes: &[u8]) -> Option<u32> {
    let tokenizer = encoding.inner.tokenizer();
    let special = || tokenizer.special_id(std::str::from_utf8(bytes).ok()?);
    tokenizer.ordinary_id(bytes).or_else(special)
}

/// Token ids as a memoryview of unsigned 32-bit integers.
#[pyfunction]
pub fn token_buffer<'py>(
    py: Python<'py>,
    #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
) -> PyResult<Bound<'py, PyAny>> {
    token_array(py, &tokens)
}

/// The bytes of each token.
#[pyfunction]
pub fn tokens_bytes<'py>(
    encoding: &PyHarmonyEncoding,
    tokens: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyList>> {
    let py = tokens.py();
    let tokens = token_ids(tokens)?;
    let list = PyList::empty(py);
    for bytes in token_slices(py, encoding, &tokens)? {
        list.append(PyBytes::new(py, bytes))?;
    }
    Ok(list)
}

/// The bytes of each sequence of tokens, joined.
#[pyfunction]
pub fn bytes_batch<'py>(
    encoding: &PyHarmonyEncoding,
    batch: &Bound<'py, PyAny>,
    #[pyo3(from_py_with = arguments::num_threads)] threads: Option<NonZeroUsize>,
) -> PyResult<Bound<'py, PyList>> {
    let py = batch.py();
    let sequences = sequences_of(batch)?;
    let tokenizer = encoding.inner.tokenizer();
    let decoded = py.detach(|| tokenizer.decode_batch(&sequences, threads));
    let list = PyList::empty(py);
    for (bytes, tokens) in decoded.into_iter().zip(&sequences) {
        let bytes = bytes.map_err(|error| raise(py, &error.into(), Some(tokens)))?;
        list.append(PyBytes::new(py, &bytes))?;
    }
    Ok(list)
}

/// The text of tokens, which must be UTF-8, and the index of the character in which each of them begins.
#[pyfunction]
pub fn with_offsets<'py>(
    encoding: &PyHarmonyEncoding,
    tokens: &Bound<'py, PyAny>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let py = tokens.py();
    let tokens = token_ids(tokens)?;
    let (mut bytes, mut offsets) = (Vec::new(), Vec::with_capacity(tokens.len()));
    let mut characters = 0_u32;
    for token in token_slices(py, encoding, &tokens)? {
        // A token that begins inside a character belongs to that character.
        let inside = token.first().copied().is_some_and(is_continuation);
        offsets.push(characters.saturating_sub(inside.into()));
        let started = token.iter().filter(|byte| !is_continuation(**byte)).count();
        characters = characters.saturating_add(started as u32);
        bytes.extend_from_slice(token);
    }
    Ok((decode_strictly(py, &bytes)?, token_list(py, &offsets)?))
}

/// How many tokens a text has; `None` if there are more than `limit`.
#[pyfunction]
pub fn count_up_to(
    encoding: &PyHarmonyEncoding,
    #[pyo3(from_py_with = arguments::text)] text: &Bound<'_, PyString>,
    limit: usize,
    allowed_special: Special,
    disallowed_special: Special,
) -> PyResult<Option<usize>> {
    let policy = policy(allowed_special, disallowed_special);
    let py = text.py();
    let text = text_of(text)?;
    detached(py, text.len(), || {
        let tokenizer = encoding.inner.tokenizer();
        tokenizer.count_up_to(&text, limit, &policy)
    })
    .map_err(|error| tokenizer::not_encoded(py, error, None))
}

/// The bytes of each token, borrowed.
fn token_slices(
    py: Python<'_>,
    encoding: &PyHarmonyEncoding,
    tokens: &[u32],
) -> PyResult<Vec<&'static [u8]>> {
    let tokenizer = encoding.inner.tokenizer();
    let bytes = tokens.iter().enumerate().map(|(index, &token)| {
        let unknown = DecodeError::InvalidToken { token, index };
        tokenizer.token_bytes(token).ok_or(unknown)
    });
    bytes
        .collect::<Result<_, _>>()
        .map_err(|error| raise(py, &error.into(), Some(tokens)))
}

fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}
