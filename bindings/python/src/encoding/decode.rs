//! Ids to text and bytes.

use std::borrow::Cow;
use std::num::NonZeroUsize;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use super::PyHarmonyEncoding;
use crate::arguments;
use crate::data::{self, PyColumn};
use crate::errors::raise;
use crate::tokenizer::{self, detached, token_ids};

#[pymethods]
impl PyHarmonyEncoding {
    /// The text of token ids.
    ///
    /// Args:
    ///     tokens (Iterable[SupportsIndex]): The ids: a list, an array, an iterator.
    ///     errors (str): What to do with invalid UTF-8, by the names of `bytes.decode`: `"replace"`, `"strict"`, `"ignore"`.
    ///
    /// Returns:
    ///     str: The text.
    ///
    /// Raises:
    ///     HarmonyTokenizerError: No token has one of the ids.
    ///     OverflowError: One of the ids is not a 32-bit number.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> encoding.decode([24912, 2375])
    /// 'hello world'
    #[pyo3(
        signature = (tokens, errors = Cow::Borrowed("replace")),
        text_signature = "($self, tokens, errors='replace')"
    )]
    fn decode<'py>(
        &self,
        tokens: &Bound<'py, PyAny>,
        #[pyo3(from_py_with = arguments::errors)] errors: Cow<'_, str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        tokenizer::decode(self.inner.tokenizer(), tokens, &errors)
    }

    /// The text of each sequence of token ids, on several threads. Otherwise the same as `decode`.
    ///
    /// Args:
    ///     batch (Iterable[Iterable[SupportsIndex]]): The sequences.
    ///     errors (str): What to do with invalid UTF-8, by the names of `bytes.decode`.
    ///     num_threads (int | None): How many threads to use; None for one per processor.
    ///
    /// Returns:
    ///     list[str]: The text of each sequence, in order.
    ///
    /// Raises:
    ///     HarmonyTokenizerError: No token has one of the ids.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> encoding.decode_batch([[24912, 2375], [24912]])
    /// ['hello world', 'hello']
    #[pyo3(
        signature = (batch, errors = Cow::Borrowed("replace"), *, num_threads = None),
        text_signature = "($self, batch, errors='replace', *, num_threads=None)"
    )]
    fn decode_batch<'py>(
        &self,
        batch: &Bound<'py, PyAny>,
        #[pyo3(from_py_with = arguments::errors)] errors: Cow<'_, str>,
        #[pyo3(from_py_with = arguments::num_threads)] num_threads: Option<NonZeroUsize>,
    ) -> PyResult<Bound<'py, PyList>> {
        tokenizer::decode_batch(self.inner.tokenizer(), batch, &errors, num_threads)
    }

    /// The text of each list of token ids as one column of texts. Invalid UTF-8 becomes U+FFFD.
    ///
    /// Args:
    ///     batch (Any): The lists: a column such as `encode_batch_arrays` returns, Arrow data with lists of integers, or an
    ///         iterable of sequences of ids.
    ///     num_threads (int | None): How many threads to use; None for one per processor.
    ///
    /// Returns:
    ///     Column: The texts.
    ///
    /// Raises:
    ///     HarmonyTokenizerError: No token has one of the ids.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> list(encoding.decode_batch_arrays(encoding.encode_batch_arrays(["hello world", "hello"])))
    /// ['hello world', 'hello']
    #[pyo3(signature = (batch, *, num_threads = None))]
    fn decode_batch_arrays(
        &self,
        batch: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = arguments::num_threads)] num_threads: Option<NonZeroUsize>,
    ) -> PyResult<PyColumn> {
        data::decode(self, batch, num_threads)
    }

    /// The text of token ids that are whole characters.
    ///
    /// Args:
    ///     tokens (Iterable[SupportsIndex]): The ids: a list, an array, an iterator.
    ///
    /// Returns:
    ///     str: The text.
    ///
    /// Raises:
    ///     HarmonyTokenizerError: The bytes of the ids are not UTF-8, or no token has one of the ids.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> encoding.decode_utf8([24912, 2375])
    /// 'hello world'
    fn decode_utf8(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
    ) -> PyResult<String> {
        let work = || self.inner.tokenizer().decode_utf8(&tokens);
        detached(py, size_of_val(&tokens[..]), work)
            .map_err(|error| raise(py, &error.into(), Some(&tokens)))
    }

    /// The bytes of token ids.
    ///
    /// Args:
    ///     tokens (Iterable[SupportsIndex]): The ids: a list, an array, an iterator.
    ///
    /// Returns:
    ///     bytes: The bytes, which may end inside a character.
    ///
    /// Raises:
    ///     HarmonyTokenizerError: No token has one of the ids.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> encoding.decode_bytes([24912, 2375])
    /// b'hello world'
    fn decode_bytes<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let work = || self.inner.tokenizer().decode_bytes(&tokens);
        detached(py, size_of_val(&tokens[..]), work)
            .map(|bytes| PyBytes::new(py, &bytes))
            .map_err(|error| raise(py, &error.into(), Some(&tokens)))
    }
}
