//! The base class of Python's `HarmonyEncoding`.

mod decode;
mod encode;
mod parse;
mod render;

use std::collections::HashSet;
use std::path::PathBuf;

use openai_harmony::error::Result;
use openai_harmony::tokenizer::Tokenizer;
use openai_harmony::{encoding_named, vocabulary_folder, HarmonyEncoding};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use super::arguments;
use super::errors::raise;

/// A harmony encoding; `openai_harmony.HarmonyEncoding` adds the models to it.
#[pyclass(
    name = "HarmonyEncoding",
    module = "openai_harmony._core",
    subclass,
    dict,
    frozen
)]
pub struct PyHarmonyEncoding {
    pub(super) inner: HarmonyEncoding,
}

impl PyHarmonyEncoding {
    /// The argument `encoding`.
    pub fn argument<'a, 'py>(value: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, Self>> {
        value
            .cast()
            .map_err(|_| arguments::wrong_type("encoding must be a HarmonyEncoding", value))
    }
}

#[pymethods]
impl PyHarmonyEncoding {
    #[new]
    fn new(py: Python<'_>, #[pyo3(from_py_with = arguments::name)] name: String) -> PyResult<Self> {
        // Read under the lock: Python writes to the environment under it.
        let folder = vocabulary_folder();
        py.detach(|| encoding_named(&name, folder.as_deref()))
            .map(|inner| Self { inner })
            .map_err(|error| raise(py, &error, None))
    }

    /// The name of the encoding, `"HarmonyGptOss"`.
    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// One more than the greatest token id, special tokens included: the rows that an embedding needs. 201,089 for gpt-oss.
    #[getter]
    fn n_vocab(&self) -> usize {
        self.inner.tokenizer().token_count()
    }

    #[getter]
    fn _has_own_vocabulary(&self) -> bool {
        self.inner.tokenizer().has_own_vocabulary()
    }

    /// The bytes of each id from 0, special tokens as their text: the vocabulary for an engine's tokenizer object.
    ///
    /// For gpt-oss the ids are 0 to 200018, those of its tokenizer files. Of a registered encoding they are all; an id
    /// that no token has is empty.
    ///
    /// Returns:
    ///     list[bytes]: The bytes, by id.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> vocabulary = encoding.token_bytes()
    /// >>> len(vocabulary), vocabulary[24912], vocabulary[200006]
    /// (200019, b'hello', b'<|start|>')
    fn token_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let tokenizer = self.inner.tokenizer();
        // The tokenizer files of gpt-oss end there; the ids above have no meaning.
        const OF_GPT_OSS: usize = 200_019;
        let is_built_in = std::ptr::eq(tokenizer, Tokenizer::o200k_harmony());
        let count = if is_built_in {
            OF_GPT_OSS
        } else {
            tokenizer.token_count()
        };
        let bytes = (0..count as u32).map(|token| tokenizer.token_bytes(token).unwrap_or_default());
        PyList::new(
            py,
            bytes
                .map(|bytes| PyBytes::new(py, bytes))
                .collect::<Vec<_>>(),
        )
    }

    /// The texts of all special tokens.
    ///
    /// Returns:
    ///     list[str]: The texts, 1,091 for gpt-oss.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> "<|start|>" in encoding.special_tokens()
    /// True
    fn special_tokens(&self) -> Vec<&str> {
        self.inner
            .tokenizer()
            .special_tokens()
            .into_iter()
            .collect()
    }

    /// Whether the id is that of a special token.
    ///
    /// Args:
    ///     token (int): The id.
    ///
    /// Returns:
    ///     bool: Whether it is special.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> encoding.is_special_token(200006), encoding.is_special_token(24912)
    /// (True, False)
    fn is_special_token(&self, #[pyo3(from_py_with = arguments::token)] token: u32) -> bool {
        self.inner.tokenizer().is_special_token(token)
    }

    /// The ids that end a message: `<|end|>`, `<|return|>` and `<|call|>`.
    ///
    /// Returns:
    ///     list[int]: The ids, in ascending order.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> encoding.stop_tokens()
    /// [200002, 200007, 200012]
    fn stop_tokens(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        sorted(self.inner.stop_tokens()).map_err(|error| raise(py, &error, None))
    }

    /// The ids that end the model's turn, for the sampler's stop list: `<|return|>` and `<|call|>`.
    ///
    /// Returns:
    ///     list[int]: The ids, in ascending order.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> encoding.stop_tokens_for_assistant_actions()
    /// [200002, 200012]
    fn stop_tokens_for_assistant_actions(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        sorted(self.inner.stop_tokens_for_assistant_actions())
            .map_err(|error| raise(py, &error, None))
    }
}

/// Registers an encoding under a name.
#[pyfunction]
pub fn register_encoding(
    py: Python<'_>,
    #[pyo3(from_py_with = arguments::name)] name: String,
    vocabulary_file: Option<PathBuf>,
    special_tokens: Vec<(String, u32)>,
) -> PyResult<()> {
    py.detach(|| {
        openai_harmony::register_encoding(&name, vocabulary_file.as_deref(), special_tokens)
    })
    .map(|_| ())
    .map_err(|error| raise(py, &error, None))
}

fn sorted(ids: Result<HashSet<u32>>) -> Result<Vec<u32>> {
    let mut ids: Vec<u32> = ids?.into_iter().collect();
    ids.sort_unstable();
    Ok(ids)
}
