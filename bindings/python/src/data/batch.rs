//! Batches of texts and of token ids as columns.

use std::borrow::Cow;
use std::num::NonZeroUsize;

use openai_harmony::chat::Role;
use openai_harmony::data::{self, BatchError, Column, RolloutTurn, TextSource, TokenLists};
use openai_harmony::error::HarmonyError;
use openai_harmony::tokenizer::SpecialPolicy;
use openai_harmony::ParseOptions;
use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};

use super::arrow::{self, Batches};
use super::column::{Data, Layout, PyColumn};
use super::interrupt::Interrupt;
use super::table::PyTable;
use crate::arguments::{self, items, optional_role, text_in_batch, wrong_type};
use crate::encoding::PyHarmonyEncoding;
use crate::errors::{disallowed, raise};
use crate::text::text_of;
use crate::tokenizer::token_ids;

const TEXTS: &str = "texts must be a collection of strings, or Arrow data with one column of them";
const LISTS: &str = "token ids must be a collection of sequences of integers, or Arrow data";

struct Texts<'t>(Vec<Cow<'t, str>>);

impl TextSource for Texts<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn text(&self, index: usize) -> &str {
        &self.0[index]
    }
}

/// The ids of texts: strings, or Arrow data with one column of texts.
pub fn encode(
    encoding: &PyHarmonyEncoding,
    texts: &Bound<'_, PyAny>,
    policy: &SpecialPolicy,
    threads: Option<NonZeroUsize>,
) -> PyResult<PyColumn> {
    let py = texts.py();
    if texts.is_instance_of::<PyString>() || texts.is_instance_of::<PyBytes>() {
        return Err(wrong_type(TEXTS, texts));
    }
    let interrupt = Interrupt::new();
    let tokenizer = encoding.inner.tokenizer();
    let stop = || interrupt.stops();
    let result = match Batches::of(texts, None, &[])? {
        Some(batches) => {
            let texts = Texts(batches.texts()?);
            py.detach(|| data::encode_batch(tokenizer, &texts, policy, threads, &stop))
        }
        None => {
            // The strings are held here, so that none can go away while the lock is given up.
            let strings: Vec<Bound<'_, PyString>> = items(texts, TEXTS)?
                .map(|text| text_in_batch(text?))
                .collect::<PyResult<_>>()?;
            let texts = Texts(strings.iter().map(text_of).collect::<PyResult<_>>()?);
            py.detach(|| data::encode_batch(tokenizer, &texts, policy, threads, &stop))
        }
    };
    match result {
        Ok(column) => Ok(PyColumn::new(Data::of(py, &column)?)),
        Err(BatchError::Item { index, error }) => {
            use openai_harmony::error::EncodeError::DisallowedSpecialToken;
            Err(match &error {
                DisallowedSpecialToken { token, .. } => disallowed(py, token, Some(index)),
                _ => raise(py, &HarmonyError::from(error), None),
            })
        }
        Err(BatchError::Interrupted(reason)) => Err(interrupt.into_error(&reason)),
        Err(_) => unreachable!("every kind of error is above"),
    }
}

/// The texts of lists of ids.
pub fn decode(
    encoding: &PyHarmonyEncoding,
    lists: &Bound<'_, PyAny>,
    threads: Option<NonZeroUsize>,
) -> PyResult<PyColumn> {
    let py = lists.py();
    let lists = token_lists(lists)?;
    let interrupt = Interrupt::new();
    let tokenizer = encoding.inner.tokenizer();
    let stop = || interrupt.stops();
    match py.detach(|| data::decode_batch(tokenizer, &lists, threads, &stop)) {
        Ok(column) => Ok(PyColumn::new(Data::of(py, &column)?)),
        Err(BatchError::Item { index, error }) => {
            Err(raise(py, &HarmonyError::from(error), lists.get(index)))
        }
        Err(BatchError::Interrupted(reason)) => Err(interrupt.into_error(&reason)),
        Err(_) => unreachable!("every kind of error is above"),
    }
}

/// Parses completions to a table of messages.
#[pyfunction]
pub fn parse_batch(
    #[pyo3(from_py_with = PyHarmonyEncoding::argument)] encoding: &Bound<'_, PyHarmonyEncoding>,
    completions: &Bound<'_, PyAny>,
    #[pyo3(from_py_with = optional_role)] role: Option<Role>,
    #[pyo3(from_py_with = arguments::strict)] strict: bool,
    #[pyo3(from_py_with = arguments::num_threads)] num_threads: Option<NonZeroUsize>,
) -> PyResult<PyTable> {
    let py = completions.py();
    let lists = token_lists(completions)?;
    let interrupt = Interrupt::new();
    let stop = || interrupt.stops();
    let options = ParseOptions { strict };
    let encoding = &encoding.get().inner;
    let parse = || data::parse_batch(encoding, &lists, role, options, num_threads, &stop);
    match py.detach(parse) {
        Ok(table) => PyTable::of(py, table),
        Err(reason) => Err(interrupt.into_error(&reason)),
    }
}

/// Merges turns of rollouts by prefix. Without rollouts, all turns are of one.
#[pyfunction]
pub fn merge_rollouts(
    py: Python<'_>,
    prompts: &Bound<'_, PyAny>,
    completions: &Bound<'_, PyAny>,
    rollouts: Option<Vec<i64>>,
    logprobs: Option<Vec<Vec<f32>>>,
) -> PyResult<PyTable> {
    let (prompts, completions) = (token_lists(prompts)?, token_lists(completions)?);
    let turns = completions.len();
    let rollouts = rollouts.unwrap_or_else(|| vec![0; turns]);
    let given = [
        ("prompts", Some(prompts.len())),
        ("rollouts", Some(rollouts.len())),
        ("logprobs", logprobs.as_ref().map(Vec::len)),
    ];
    for (name, length) in given {
        if let Some(length) = length.filter(|length| *length != turns) {
            return Err(PyValueError::new_err(format!(
                "{name} must be as many as completions: {length} instead of {turns}"
            )));
        }
    }
    let logprobs = logprobs.as_deref();
    let mut all = Vec::with_capacity(turns);
    for (index, rollout) in rollouts.into_iter().enumerate() {
        let completion = completions.get(index).unwrap_or_default();
        let logprobs = logprobs.map_or(&[][..], |logprobs| &logprobs[index]);
        if !logprobs.is_empty() && logprobs.len() != completion.len() {
            return Err(PyValueError::new_err(format!(
                "logprobs[{index}] must be as many as the ids of the completion: {} instead of {}",
                logprobs.len(),
                completion.len()
            )));
        }
        all.push(RolloutTurn {
            rollout,
            prompt: prompts.get(index).unwrap_or_default(),
            completion,
            logprobs,
        });
    }
    let table = py.detach(|| data::merge_rollouts(&all));
    PyTable::of(
        py,
        table.map_err(|error| PyOverflowError::new_err(error.to_string()))?,
    )
}

/// Divides items of the given lengths into bins of at most ``length``: a column of lists of indices, one for each bin.
#[pyfunction]
pub fn pack_plan(py: Python<'_>, lengths: Vec<usize>, packing: &str) -> PyResult<PyColumn> {
    let packing: data::Packing = serde_json::from_str(packing)
        .map_err(|error| PyValueError::new_err(format!("packing: {error}")))?;
    let bins = py.detach(|| data::pack_plan(&lengths, &packing));
    let small = |numbers: &[usize]| {
        let numbers = numbers.iter().map(|&number| i32::try_from(number));
        let numbers: Result<Vec<i32>, _> = numbers.collect();
        numbers.map_err(|_| PyOverflowError::new_err("more than 2^31 lengths"))
    };
    let column = Column::List {
        offsets: small(&bins.offsets)?,
        items: Box::new(Column::Int32(small(&bins.items)?)),
    };
    Ok(PyColumn::new(Data::of(py, &column)?))
}

/// Lists of ids from a column, from Arrow data with lists of integers, or from an iterable of what holds ids.
fn token_lists(lists: &Bound<'_, PyAny>) -> PyResult<TokenLists> {
    if let Ok(column) = lists.cast::<PyColumn>() {
        if let Some(lists) = of_column(lists.py(), column.get())? {
            return Ok(lists);
        }
    }
    if let Some(lists) = arrow::token_lists(lists)? {
        return Ok(lists);
    }
    let mut found = TokenLists::default();
    for list in items(lists, LISTS)? {
        found.push(&token_ids(&list?)?);
    }
    Ok(found)
}

/// The lists of a column of ids, without Arrow in between; `None` for a column of anything else.
fn of_column(py: Python<'_>, column: &PyColumn) -> PyResult<Option<TokenLists>> {
    let Layout::Lists { offsets, items } = &column.data.layout else {
        return Ok(None);
    };
    let Layout::Numbers(values, "i") = &items.layout else {
        return Ok(None);
    };
    // Ids are not negative; what is becomes an id that no token has.
    let values = words(py, values, |word| word as u32)?;
    let offsets = words(py, offsets, |word| word as usize)?;
    Ok(Some(TokenLists { values, offsets }))
}

fn words<T>(
    py: Python<'_>,
    buffer: &super::buffer::Buffer,
    number: impl Fn(i32) -> T,
) -> PyResult<Vec<T>> {
    let bytes = buffer
        .view(py)
        .call_method0("tobytes")?
        .cast_into::<PyBytes>()?;
    let words = bytes.as_bytes().chunks_exact(4);
    Ok(words
        .map(|word| number(i32::from_ne_bytes([word[0], word[1], word[2], word[3]])))
        .collect())
}
