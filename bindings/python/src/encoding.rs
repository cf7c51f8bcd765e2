//! The base class of Python's `HarmonyEncoding`.

use std::collections::HashSet;
use std::path::PathBuf;

use openai_harmony::error::Result;
use openai_harmony::tokenizer::{SpecialPolicy, Tokenizer};
use openai_harmony::{
    encoding_named, vocabulary_folder, HarmonyEncoding, ParseOptions, Parsed,
    RenderConversationConfig, RenderOptions,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use super::convert::read_role;
use super::data::{self, PyColumn};
use super::errors::raise;
use super::read;
use super::telemetry;
use super::tokenizer::{self, detached, policy, token_ids, token_list, Special};
use super::write;

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

#[pymethods]
impl PyHarmonyEncoding {
    #[new]
    fn new(py: Python<'_>, name: &str) -> PyResult<Self> {
        // Read under the lock: Python writes to the environment under it.
        let folder = vocabulary_folder();
        py.detach(|| encoding_named(name, folder.as_deref()))
            .map(|inner| Self { inner })
            .map_err(|error| raise(py, &error, None))
    }

    /// The name of the encoding, `"HarmonyGptOss"`.
    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// The token ids of a text.
    ///
    /// The text of a special token becomes that token if `allowed_special` holds it, is ordinary text if
    /// `disallowed_special` does not hold it, and is a `DisallowedSpecialTokenError` otherwise. Both are `"all"` or a
    /// collection of special tokens. A lone surrogate becomes U+FFFD.
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
        text: &Bound<'py, PyString>,
        allowed_special: Special,
        disallowed_special: Special,
    ) -> PyResult<Bound<'py, PyAny>> {
        let policy = policy(allowed_special, disallowed_special);
        tokenizer::encode(self.inner.tokenizer(), text, &policy)
    }

    /// The token ids of a text in which nothing is special: `encode(text, disallowed_special=())`, and a little faster.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> load_harmony_encoding("HarmonyGptOss").encode_ordinary("<|start|>")
    /// [27, 91, 5236, 91, 29]
    fn encode_ordinary<'py>(&self, text: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyAny>> {
        tokenizer::encode(self.inner.tokenizer(), text, &SpecialPolicy::ORDINARY)
    }

    /// The token ids of a text as a `memoryview` of unsigned 32-bit numbers, which NumPy takes.
    /// Otherwise as `encode`.
    #[pyo3(
        signature = (text, *, allowed_special = Special::NONE, disallowed_special = Special::ALL),
        text_signature = "($self, text, *, allowed_special=(), disallowed_special='all')"
    )]
    fn encode_to_buffer<'py>(
        &self,
        text: &Bound<'py, PyString>,
        allowed_special: Special,
        disallowed_special: Special,
    ) -> PyResult<Bound<'py, PyAny>> {
        let policy = policy(allowed_special, disallowed_special);
        tokenizer::encode_to_buffer(self.inner.tokenizer(), text, &policy)
    }

    /// How many token ids a text or a conversation has. No list is built.
    ///
    /// A text is counted as `encode` encodes it. A conversation is a `Conversation`, or the messages of a Chat Completions
    /// request with its `tools`; what is counted is what `render_with` gives in that `render_format` with that `ending`, by
    /// default the prompt that `render_conversation_for_completion` gives.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> encoding.count_tokens("hello world")
    /// 2
    /// >>> encoding.count_tokens([{"role": "user", "content": "hello world"}])
    /// 58
    #[pyo3(
        signature = (text, *, allowed_special = Special::NONE, disallowed_special = Special::ALL, **options),
        text_signature = "($self, text, *, allowed_special=(), disallowed_special='all', tools=None, render_format=RenderFormat.HARMONY_0_0_8, ending='completion')"
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

    /// The token ids of each text, found on several threads: `num_threads`, or as many as there are processors.
    /// Otherwise as `encode`.
    #[pyo3(
        signature = (texts, *, num_threads = None, allowed_special = Special::NONE, disallowed_special = Special::ALL),
        text_signature = "($self, texts, *, num_threads=None, allowed_special=(), disallowed_special='all')"
    )]
    fn encode_batch<'py>(
        &self,
        texts: &Bound<'py, PyAny>,
        num_threads: Option<usize>,
        allowed_special: Special,
        disallowed_special: Special,
    ) -> PyResult<Bound<'py, PyList>> {
        let policy = policy(allowed_special, disallowed_special);
        tokenizer::encode_batch(self.inner.tokenizer(), texts, &policy, num_threads)
    }

    /// The token ids of each text as one column of lists: `values` and `offsets` are memoryviews, without a Python object per id.
    ///
    /// `texts` are strings, or Arrow data of pyarrow, polars and others with one column of texts. Otherwise as `encode_batch`, which is
    /// slower by what it costs to make lists. Raises `OverflowError` for more than 2^31 ids.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> column = load_harmony_encoding("HarmonyGptOss").encode_batch_arrays(["hello world", "hello"])
    /// >>> column.values.tolist(), column.offsets.tolist()
    /// ([24912, 2375, 24912], [0, 2, 3])
    #[pyo3(
        signature = (texts, *, num_threads = None, allowed_special = Special::NONE, disallowed_special = Special::ALL),
        text_signature = "($self, texts, *, num_threads=None, allowed_special=(), disallowed_special='all')"
    )]
    fn encode_batch_arrays(
        &self,
        texts: &Bound<'_, PyAny>,
        num_threads: Option<usize>,
        allowed_special: Special,
        disallowed_special: Special,
    ) -> PyResult<PyColumn> {
        let policy = policy(allowed_special, disallowed_special);
        data::encode(self, texts, &policy, num_threads)
    }

    /// The text of each list of token ids as one column of texts. Bytes that are not UTF-8 become U+FFFD.
    ///
    /// `batch` is a column of lists such as `encode_batch_arrays` gives, Arrow data with lists of integers, or an iterable of
    /// sequences of ids. Raises `HarmonyTokenizerError` for an id that no token has.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> list(encoding.decode_batch_arrays(encoding.encode_batch_arrays(["hello world", "hello"])))
    /// ['hello world', 'hello']
    #[pyo3(signature = (batch, *, num_threads = None))]
    fn decode_batch_arrays(
        &self,
        batch: &Bound<'_, PyAny>,
        num_threads: Option<usize>,
    ) -> PyResult<PyColumn> {
        data::decode(self, batch, num_threads)
    }

    /// The text of token ids. Invalid UTF-8 is handled as `errors` says, with the names of `bytes.decode`.
    ///
    /// Raises `HarmonyTokenizerError` for an id that no token has, `OverflowError` for one that is not a 32-bit number.
    ///
    /// >>> from openai_harmony import load_harmony_encoding
    /// >>> load_harmony_encoding("HarmonyGptOss").decode([24912, 2375])
    /// 'hello world'
    #[pyo3(signature = (tokens, errors = "replace"))]
    fn decode<'py>(&self, tokens: &Bound<'py, PyAny>, errors: &str) -> PyResult<Bound<'py, PyAny>> {
        tokenizer::decode(self.inner.tokenizer(), tokens, errors)
    }

    /// The text of each sequence of token ids, found on several threads: `num_threads`, or as many as there are
    /// processors. Otherwise as `decode`.
    #[pyo3(signature = (batch, errors = "replace", *, num_threads = None))]
    fn decode_batch<'py>(
        &self,
        batch: &Bound<'py, PyAny>,
        errors: &str,
        num_threads: Option<usize>,
    ) -> PyResult<Bound<'py, PyList>> {
        tokenizer::decode_batch(self.inner.tokenizer(), batch, errors, num_threads)
    }

    /// The text of token ids, which must be whole characters.
    ///
    /// Raises `HarmonyTokenizerError` if they are not, and for an id that no token has.
    fn decode_utf8(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
    ) -> PyResult<String> {
        let work = || self.inner.tokenizer().decode_utf8(&tokens);
        detached(py, size_of_val(&tokens[..]), work)
            .map_err(|error| raise(py, &error.into(), Some(&tokens)))
    }

    /// One more than the greatest token id, special tokens included: the rows that an embedding needs. 201,089 for gpt-oss.
    #[getter]
    fn n_vocab(&self) -> usize {
        self.inner.tokenizer().token_count()
    }

    /// The bytes of each id from 0, special tokens as their text: the vocabulary for an engine's tokenizer object.
    ///
    /// For gpt-oss the ids are 0 to 200018, those of its tokenizer files. Of a registered encoding they are all; an id
    /// that no token has is empty.
    fn token_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let tokenizer = self.inner.tokenizer();
        // The tokenizer files of gpt-oss end there; the ids above have no meaning.
        const OF_GPT_OSS: usize = 200_019;
        let is_built_in = tokenizer.token_count() == Tokenizer::TOKEN_COUNT;
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

    /// The bytes of token ids. Raises `HarmonyTokenizerError` for an id that no token has.
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

    /// The texts of all special tokens.
    fn special_tokens(&self) -> Vec<&str> {
        self.inner
            .tokenizer()
            .special_tokens()
            .into_iter()
            .collect()
    }

    /// Whether the id is that of a special token.
    fn is_special_token(&self, token: u32) -> bool {
        self.inner.tokenizer().is_special_token(token)
    }

    /// The ids that end a message: `<|end|>`, `<|return|>` and `<|call|>`.
    fn stop_tokens(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        sorted(self.inner.stop_tokens()).map_err(|error| raise(py, &error, None))
    }

    /// The ids that end the model's turn, for the sampler's stop list: `<|return|>` and `<|call|>`.
    fn stop_tokens_for_assistant_actions(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        sorted(self.inner.stop_tokens_for_assistant_actions())
            .map_err(|error| raise(py, &error, None))
    }

    fn _render_conversation<'py>(
        &self,
        py: Python<'py>,
        conversation: &Bound<'py, PyAny>,
        auto_drop_analysis: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let config = RenderConversationConfig { auto_drop_analysis };
        let conversation = read::conversation(conversation)?;
        render(py, || {
            self.inner.render_conversation(&conversation, Some(&config))
        })
    }

    fn _render_conversation_for_completion<'py>(
        &self,
        py: Python<'py>,
        conversation: &Bound<'py, PyAny>,
        next_turn_role: &str,
        auto_drop_analysis: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let role = read_role(next_turn_role)?;
        let config = RenderConversationConfig { auto_drop_analysis };
        let conversation = read::conversation(conversation)?;
        render(py, || {
            self.inner
                .render_conversation_for_completion(&conversation, role, Some(&config))
        })
    }

    fn _render_conversation_for_training<'py>(
        &self,
        py: Python<'py>,
        conversation: &Bound<'py, PyAny>,
        auto_drop_analysis: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let config = RenderConversationConfig { auto_drop_analysis };
        let conversation = read::conversation(conversation)?;
        render(py, || {
            self.inner
                .render_conversation_for_training(&conversation, Some(&config))
        })
    }

    fn _render<'py>(
        &self,
        py: Python<'py>,
        message: &Bound<'py, PyAny>,
        conversation_has_function_tools: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = RenderOptions {
            conversation_has_function_tools,
        };
        let message = read::message(message)?;
        render(py, || self.inner.render(&message, Some(&options)))
    }

    /// The messages in what the model wrote.
    ///
    /// `role` is the role whose header the prompt already started, so `Role.ASSISTANT` for the output of a model;
    /// None if the tokens start with `<|start|>`.
    ///
    /// Raises `HarmonyParseError` where the tokens leave the format. With `strict=False` they are read as what the
    /// model most likely meant.
    ///
    /// >>> from openai_harmony import Role, load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> encoding.parse_messages_from_completion_tokens([200005, 17196, 200008, 19, 200002], Role.ASSISTANT)
    /// [Message('assistant', channel='final', '4')]
    #[pyo3(signature = (tokens, role = None, *, strict = true))]
    fn parse_messages_from_completion_tokens<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
        role: Option<&str>,
        strict: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        let parsed = self.parsed(py, &tokens, role, strict)?;
        telemetry::report(py, &parsed.repairs)?;
        write::messages(py, &parsed.into_messages())
    }

    /// The messages in what the model wrote, their places, what ended them, and what was repaired.
    ///
    /// Arguments and errors as for `parse_messages_from_completion_tokens`.
    ///
    /// >>> from openai_harmony import Role, load_harmony_encoding
    /// >>> encoding = load_harmony_encoding("HarmonyGptOss")
    /// >>> tokens = encoding.encode("<|channel|>final The answer is 4.<|return|>", allowed_special="all")
    /// >>> result = encoding.parse(tokens, Role.ASSISTANT, strict=False)
    /// >>> result.messages[0].message.channel, result.repairs[0].kind.value, result.finish_reason.value
    /// ('final', 'missing_message', 'stop')
    #[pyo3(signature = (tokens, role = None, *, strict = true))]
    fn parse<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
        role: Option<&str>,
        strict: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let parsed = self.parsed(py, &tokens, role, strict)?;
        telemetry::report(py, &parsed.repairs)?;
        write::result(py, &parsed)
    }

    /// Lenient parsing for a person to look at: nothing is logged or counted.
    fn _inspect<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = token_ids)] tokens: Vec<u32>,
        role: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        write::result(py, &self.parsed(py, &tokens, role, false)?)
    }
}

/// Registers an encoding under a name.
#[pyfunction]
pub fn register_encoding(
    py: Python<'_>,
    name: &str,
    vocabulary_file: Option<PathBuf>,
    special_tokens: Vec<(String, u32)>,
) -> PyResult<()> {
    py.detach(|| {
        openai_harmony::register_encoding(name, vocabulary_file.as_deref(), special_tokens)
    })
    .map(|_| ())
    .map_err(|error| raise(py, &error, None))
}

impl PyHarmonyEncoding {
    fn parsed(
        &self,
        py: Python<'_>,
        tokens: &[u32],
        role: Option<&str>,
        strict: bool,
    ) -> PyResult<Parsed> {
        let role = role.map(read_role).transpose()?;
        py.detach(|| self.inner.parse(tokens, role, ParseOptions { strict }))
            .map_err(|error| raise(py, &error, Some(tokens)))
    }
}

/// Renders without the interpreter lock, and gives the ids as a list.
fn render<'py>(
    py: Python<'py>,
    work: impl FnOnce() -> Result<Vec<u32>> + Send,
) -> PyResult<Bound<'py, PyAny>> {
    let tokens = py.detach(work).map_err(|error| raise(py, &error, None))?;
    token_list(py, &tokens)
}

fn sorted(ids: Result<HashSet<u32>>) -> Result<Vec<u32>> {
    let mut ids: Vec<u32> = ids?.into_iter().collect();
    ids.sort_unstable();
    Ok(ids)
}
