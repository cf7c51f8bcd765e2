//! Grammars of model output.

use openai_harmony::chat::ToolNamespaceConfig;
use openai_harmony::grammar::{
    Allowed, Checked, Compat, GrammarError, Matcher, OutputGrammar, Reasoning, ResponseFormat,
    Schemas, Tool, ToolChoice, Unsupported, XgrammarLevel, XgrammarOptions,
};
use openai_harmony::HarmonyError;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde::Deserialize;

use super::arguments;
use super::convert::to_json;
use super::errors::raise;
use super::tokenizer::token_ids;

/// The arguments of `output_grammar`.
#[derive(Deserialize)]
struct Options {
    namespaces: Vec<ToolNamespaceConfig>,
    tools: Vec<Tool>,
    tool_choice: ToolChoice,
    parallel_tool_calls: bool,
    response_format: ResponseFormat,
    reasoning: Reasoning,
    schemas: Schemas,
    preambles: Option<bool>,
    json_mark: bool,
    compat: Option<Compat>,
    unsupported: Unsupported,
    prefix: Prefix,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Prefix {
    Text(String),
    Tokens(Vec<u32>),
}

impl Options {
    fn grammar(self) -> Result<OutputGrammar, GrammarError> {
        let namespaces = self.namespaces.iter().flat_map(Tool::in_namespace);
        let mut builder = OutputGrammar::builder()
            .tools(namespaces)
            .tools(self.tools)
            .tool_choice(self.tool_choice)
            .parallel_tool_calls(self.parallel_tool_calls)
            .response_format(self.response_format)
            .reasoning(self.reasoning)
            .schemas(self.schemas)
            .json_mark(self.json_mark)
            .unsupported(self.unsupported);
        if let Some(preambles) = self.preambles {
            builder = builder.preambles(preambles);
        }
        if let Some(compat) = self.compat {
            builder = builder.compat(compat);
        }
        let builder = match self.prefix {
            Prefix::Text(text) => builder.prefix(text),
            Prefix::Tokens(tokens) => builder.prefix_tokens(tokens),
        };
        builder.build()
    }
}

/// The base class of Python's `OutputGrammar`.
#[pyclass(
    name = "OutputGrammar",
    module = "openai_harmony._core",
    subclass,
    frozen
)]
pub struct PyOutputGrammar {
    inner: OutputGrammar,
    /// What it was made of, for copies and pickles.
    options: String,
}

#[pymethods]
impl PyOutputGrammar {
    #[new]
    fn new(py: Python<'_>, options: String) -> PyResult<Self> {
        let read: Options = serde_json::from_str(&options)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        let inner = read.grammar().map_err(|error| refuse(py, error))?;
        Ok(Self { inner, options })
    }

    /// The ids at which the engine must stop.
    #[getter]
    fn stop_tokens(&self) -> Vec<u32> {
        self.inner.stop_tokens().to_vec()
    }

    /// A Lark grammar for llguidance: mistral.rs, vLLM's guidance backend, llama.cpp with llguidance.
    ///
    /// Outputs end in `<|return|>` and `<|call|>` whatever the engine's stop tokens are.
    ///
    /// Args:
    ///     guard_strings (bool): True to keep `<|` out of JSON strings. llama.cpp needs that, as it takes the text of a special
    ///         token of harmony for the token; other engines do not. Objects that declare properties have no others then.
    ///
    /// Returns:
    ///     str: The grammar.
    ///
    /// >>> from openai_harmony.grammar import output_grammar
    /// >>> output_grammar().to_llguidance().splitlines()[2]
    /// 'start: think* answer'
    #[pyo3(signature = (guard_strings = false))]
    fn to_llguidance(
        &self,
        #[pyo3(from_py_with = arguments::guard_strings)] guard_strings: bool,
    ) -> String {
        self.inner.to_llguidance(guard_strings)
    }

    /// A GBNF grammar for llama.cpp.
    ///
    /// Text and JSON strings never have `<|` before a small letter: llama.cpp would take the text of a special token for the
    /// token.
    ///
    /// Args:
    ///     stop_tokens (list[int] | None): The ids at which the engine stops; None for those of the model file.
    ///
    /// Returns:
    ///     str: The grammar.
    ///
    /// Raises:
    ///     HarmonyGrammarError: GBNF cannot enforce a JSON Schema keyword, unless `unsupported="relax"`.
    ///
    /// >>> from openai_harmony.grammar import output_grammar
    /// >>> output_grammar().to_gbnf().splitlines()[0]
    /// 'root ::= think* answer'
    #[pyo3(signature = (stop_tokens = None))]
    fn to_gbnf(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = stop_tokens)] stop_tokens: Option<Vec<u32>>,
    ) -> PyResult<String> {
        let gbnf = self.inner.to_gbnf(stop_tokens.as_deref());
        gbnf.map_err(|error| refuse(py, error))
    }

    #[pyo3(signature = (stop_tokens, tokens, guard_strings))]
    fn _xgrammar_json(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = stop_tokens)] stop_tokens: Option<Vec<u32>>,
        tokens: bool,
        #[pyo3(from_py_with = arguments::guard_strings)] guard_strings: bool,
    ) -> PyResult<String> {
        let level = if tokens {
            XgrammarLevel::Token
        } else {
            XgrammarLevel::Text
        };
        let options = XgrammarOptions {
            stop_tokens,
            level,
            guard_strings,
        };
        let tag = self.inner.to_xgrammar(&options);
        to_json(&tag.map_err(|error| refuse(py, error))?)
    }

    // Index and token of the refusal, and what was expected; whether it is complete; the missing stop token.
    #[allow(clippy::type_complexity)]
    fn _check(
        &self,
        py: Python<'_>,
        tokens: &Bound<'_, PyAny>,
    ) -> PyResult<(Option<(usize, u32, String)>, bool, Option<u32>)> {
        let tokens = token_ids(tokens)?;
        let checked = py.detach(|| self.inner.check(&tokens));
        let Checked {
            refused,
            is_complete,
            missing_stop,
        } = checked.map_err(|error| refuse(py, error))?;
        let refused = refused.map(|refused| (refused.index, refused.token, refused.expected));
        Ok((refused, is_complete, missing_stop))
    }

    fn _matcher(&self, py: Python<'_>) -> PyResult<PyMatcher> {
        let inner = self.inner.matcher().map_err(|error| refuse(py, error))?;
        Ok(PyMatcher { inner })
    }

    fn _relaxed(&self, py: Python<'_>) -> PyResult<Vec<(String, String, Option<String>)>> {
        let relaxed = self.inner.relaxed().map_err(|error| refuse(py, error))?;
        let rows = relaxed.iter().map(|relaxed| {
            let pointer = relaxed.reason.pointer().map(str::to_owned);
            (relaxed.of.clone(), relaxed.reason.to_string(), pointer)
        });
        Ok(rows.collect())
    }

    #[getter]
    fn _options(&self) -> &str {
        &self.options
    }
}

/// The base class of Python's `GrammarMatcher`.
#[pyclass(name = "GrammarMatcher", module = "openai_harmony._core")]
pub struct PyMatcher {
    inner: Matcher,
}

#[pymethods]
impl PyMatcher {
    /// Advance by one token.
    ///
    /// Args:
    ///     token (int): The id.
    ///
    /// Returns:
    ///     bool: Whether the grammar allows it. If not, nothing changes.
    ///
    /// >>> from openai_harmony.grammar import output_grammar
    /// >>> matcher = output_grammar().matcher()
    /// >>> matcher.accept(200005), matcher.accept(200005)
    /// (True, False)
    fn accept(&mut self, #[pyo3(from_py_with = arguments::token)] token: u32) -> bool {
        self.inner.accept(token).is_ok()
    }

    /// Whether the output may end here.
    #[getter]
    fn is_complete(&self) -> bool {
        self.inner.is_complete()
    }

    /// How many tokens were accepted.
    #[getter]
    fn accepted(&self) -> usize {
        self.inner.accepted()
    }

    /// The stop token that alone is missing, as where an engine strips it.
    #[getter]
    fn missing_stop(&self) -> Option<u32> {
        self.inner.missing_stop()
    }

    // Kind, ids, schema.
    fn _allowed(&self) -> PyResult<(&'static str, Vec<u32>, Option<String>)> {
        Ok(match self.inner.allowed() {
            Allowed::Tokens(ids) => ("tokens", ids.to_vec(), None),
            Allowed::Text { ends } => ("text", ends.to_vec(), None),
            Allowed::Json { schema, ends } => ("json", ends.to_vec(), Some(to_json(schema)?)),
            _ => ("tokens", vec![], None),
        })
    }

    /// A copy that is independent of this matcher.
    ///
    /// Returns:
    ///     GrammarMatcher: The copy.
    ///
    /// >>> from openai_harmony.grammar import output_grammar
    /// >>> matcher = output_grammar().matcher()
    /// >>> matcher.copy().accept(200005), matcher.accepted
    /// (True, 0)
    fn copy(&self) -> Self {
        Self {
            inner: self.inner.clone(),
        }
    }
}

/// The argument `stop_tokens`.
fn stop_tokens(value: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u32>>> {
    if value.is_none() {
        return Ok(None);
    }
    token_ids(value).map(Some)
}

/// The exception for an error of a grammar.
pub fn refuse(py: Python<'_>, error: GrammarError) -> PyErr {
    let pointer = error.pointer().map(str::to_owned);
    let exception = raise(py, &HarmonyError::from(error), None);
    match exception.value(py).setattr("pointer", pointer) {
        Ok(()) => exception,
        Err(error) => error,
    }
}
