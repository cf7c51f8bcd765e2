//! Text to ids.

use std::num::NonZeroUsize;

use openai_harmony::tokenizer::SpecialPolicy;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use super::PyHarmonyEncoding;
use crate::arguments;
use crate::data::{self, PyColumn};
use crate::tokenizer::{self, policy, Special};

#[pymethods]
impl PyHarmonyEncoding {
    /// The token ids of a text. A lone surrogate becomes U+FFFD.
    ///
    /// Args:
    ///     text (str): The text.
    ///     allowed_special (Literal["all"] | Collection[str]): The special tokens whose text becomes that token.
    ///     disallowed_special (Literal["all"] | Collection[str]): The special tokens whose text is an error, except those in
    ///         `allowed_special`. The text of all others is encoded as ordinary text.
    ///
    /// Returns:
    ///     list[int]: The ids.
    ///
    /// Raises:
    ///     DisallowedSpecialTokenError: The text contains a special token that `disallowed_special` holds.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> encoding.encode("hello world")
    /// [24912, 2375]
    /// >>> encoding.encode("<|start|>", allowed_special="all")
    /// [200006]
    /// >>> encoding.encode("<|start|>", disallowed_special=())
    /// [27, 91, 5236, 91, 29]
    #[pyo3(
        signature = (text, *, allowed_special = Special::NONE, disallowed_special = Special::ALL),
        text_signature = "($self, text, *, allowed_special=(), disallowed_special='all')"
    )]
    fn encode<'py>(
        &self,
        #[pyo3(from_py_with = arguments::text)] text: &Bound<'py, PyString>,
        allowed_special: Special,
        disallowed_special: Special,
    ) -> PyResult<Bound<'py, PyAny>> {
        let policy = policy(allowed_special, disallowed_special);
        tokenizer::encode(self.inner.tokenizer(), text, &policy)
    }

    /// The token ids of a text in which nothing is special: `encode(text, disallowed_special=())`, and a little faster.
    ///
    /// Args:
    ///     text (str): The text.
    ///
    /// Returns:
    ///     list[int]: The ids.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> encoding.encode_ordinary("<|start|>")
    /// [27, 91, 5236, 91, 29]
    fn encode_ordinary<'py>(
        &self,
        #[pyo3(from_py_with = arguments::text)] text: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyAny>> {
        tokenizer::encode(self.inner.tokenizer(), text, &SpecialPolicy::ORDINARY)
    }

    /// The token ids of a text, without a Python object per id. Otherwise the same as `encode`.
    ///
    /// Args:
    ///     text (str): The text.
    ///     allowed_special (Literal["all"] | Collection[str]): The special tokens whose text becomes that token.
    ///     disallowed_special (Literal["all"] | Collection[str]): The special tokens whose text is an error, except those in
    ///         `allowed_special`. The text of all others is encoded as ordinary text.
    ///
    /// Returns:
    ///     memoryview: The ids as unsigned 32-bit integers, which `numpy.asarray` takes without a copy.
    ///
    /// Raises:
    ///     DisallowedSpecialTokenError: The text contains a special token that `disallowed_special` holds.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> ids = encoding.encode_to_buffer("hello world")
    /// >>> ids.format, ids.tolist()
    /// ('I', [24912, 2375])
    #[pyo3(
        signature = (text, *, allowed_special = Special::NONE, disallowed_special = Special::ALL),
        text_signature = "($self, text, *, allowed_special=(), disallowed_special='all')"
    )]
    fn encode_to_buffer<'py>(
        &self,
        #[pyo3(from_py_with = arguments::text)] text: &Bound<'py, PyString>,
        allowed_special: Special,
        disallowed_special: Special,
    ) -> PyResult<Bound<'py, PyAny>> {
        let policy = policy(allowed_special, disallowed_special);
        tokenizer::encode_to_buffer(self.inner.tokenizer(), text, &policy)
    }

    /// How many token ids a text or a conversation has. No list is built.
    ///
    /// A text is counted as `encode` encodes it. For a conversation, the count is the length of what `render_with` returns for
    /// that `render_format` and `ending`; by default, of the prompt that `render_conversation_for_completion` returns.
    ///
    /// Args:
    ///     text (str | Conversation | Iterable[Any]): A text, a conversation, or the messages of a Chat Completions request.
    ///     allowed_special (Literal["all"] | Collection[str]): The special tokens whose text becomes that token.
    ///     disallowed_special (Literal["all"] | Collection[str]): The special tokens whose text is an error, except those in
    ///         `allowed_special`. The text of all others is encoded as ordinary text.
    ///     tools (Iterable[Any] | None): The tools of a Chat Completions request.
    ///     render_format (RenderFormatLike | None): How to render a conversation; None for the format of release 0.0.8.
    ///     ending (RenderEndingLike): What comes after the messages of a conversation.
    ///
    /// Returns:
    ///     int: The number of ids.
    ///
    /// Raises:
    ///     DisallowedSpecialTokenError: The text contains a special token that `disallowed_special` holds.
    ///     HarmonyRenderError: The format cannot express a message.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> encoding.count_tokens("hello world")
    /// 2
    /// >>> encoding.count_tokens([{"role": "user", "content": "hello world"}])
    /// 58
    #[pyo3(
        signature = (text, *, allowed_special = Special::NONE, disallowed_special = Special::ALL, **options),
        text_signature = "($self, text, *, allowed_special=(), disallowed_special='all', tools=None, render_format=None, ending='completion')"
    )]
    fn count_tokens<'py>(
        slf: &Bound<'py, Self>,
        text: &Bound<'py, PyAny>,
        allowed_special: Special,
        disallowed_special: Special,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<usize> {
        let (Ok(text), None) = (text.cast::<PyString>(), options) else {
            let count = slf.call_method("_count_conversation", (text,), options)?;
            return count.extract();
        };
        let policy = policy(allowed_special, disallowed_special);
        tokenizer::count(slf.get().inner.tokenizer(), text, &policy)
    }

    /// The token ids of each text, on several threads. Otherwise the same as `encode`.
    ///
    /// Args:
    ///     texts (Iterable[str]): The texts.
    ///     num_threads (int | None): How many threads to use; None for one per processor.
    ///     allowed_special (Literal["all"] | Collection[str]): The special tokens whose text becomes that token.
    ///     disallowed_special (Literal["all"] | Collection[str]): The special tokens whose text is an error, except those in
    ///         `allowed_special`. The text of all others is encoded as ordinary text.
    ///
    /// Returns:
    ///     list[list[int]]: The ids of each text, in order.
    ///
    /// Raises:
    ///     DisallowedSpecialTokenError: The text contains a special token that `disallowed_special` holds.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> encoding.encode_batch(["hello world", "hello"])
    /// [[24912, 2375], [24912]]
    #[pyo3(
        signature = (texts, *, num_threads = None, allowed_special = Special::NONE, disallowed_special = Special::ALL),
        text_signature = "($self, texts, *, num_threads=None, allowed_special=(), disallowed_special='all')"
    )]
    fn encode_batch<'py>(
        &self,
        texts: &Bound<'py, PyAny>,
        #[pyo3(from_py_with = arguments::num_threads)] num_threads: Option<NonZeroUsize>,
        allowed_special: Special,
        disallowed_special: Special,
    ) -> PyResult<Bound<'py, PyList>> {
        let policy = policy(allowed_special, disallowed_special);
        tokenizer::encode_batch(self.inner.tokenizer(), texts, &policy, num_threads)
    }

    /// The token ids of each text as one column of lists, without a Python object per id.
    ///
    /// Otherwise the same as `encode_batch`, which is slower by what it costs to make lists.
    ///
    /// Args:
    ///     texts (Any): The texts: an iterable of strings, or Arrow data of pyarrow, polars and others with one column of texts.
    ///     num_threads (int | None): How many threads to use; None for one per processor.
    ///     allowed_special (Literal["all"] | Collection[str]): The special tokens whose text becomes that token.
    ///     disallowed_special (Literal["all"] | Collection[str]): The special tokens whose text is an error, except those in
    ///         `allowed_special`. The text of all others is encoded as ordinary text.
    ///
    /// Returns:
    ///     Column: The ids in `values` and the bounds of the lists in `offsets`, both as memoryviews.
    ///
    /// Raises:
    ///     DisallowedSpecialTokenError: The text contains a special token that `disallowed_special` holds.
    ///     OverflowError: There are more than 2^31 ids.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> column = encoding.encode_batch_arrays(["hello world", "hello"])
    /// >>> column.values.tolist(), column.offsets.tolist()
    /// ([24912, 2375, 24912], [0, 2, 3])
    #[pyo3(
        signature = (texts, *, num_threads = None, allowed_special = Special::NONE, disallowed_special = Special::ALL),
        text_signature = "($self, texts, *, num_threads=None, allowed_special=(), disallowed_special='all')"
    )]
    fn encode_batch_arrays(
        &self,
        texts: &Bound<'_, PyAny>,
        #[pyo3(from_py_with = arguments::num_threads)] num_threads: Option<NonZeroUsize>,
        allowed_special: Special,
        disallowed_special: Special,
    ) -> PyResult<PyColumn> {
        let policy = policy(allowed_special, disallowed_special);
        data::encode(self, texts, &policy, num_threads)
    }
}
