//! Log-probabilities as engines hand them out.

use openai_harmony::api::TokenLogprob;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments::wrong_type;

/// One log-probability for each token: a number, or a pair of it and a dict of the alternatives by token id.
pub fn read_logprobs(
    tokens: &[u32],
    logprobs: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<Vec<TokenLogprob>>> {
    let Some(logprobs) = logprobs else {
        return Ok(None);
    };
    let count = logprobs.len().map_err(|_| {
        wrong_type(
            "logprobs must be a sequence with an entry for each token, or None",
            logprobs,
        )
    })?;
    if count != tokens.len() {
        let message = format!("{} log-probabilities for {} tokens", count, tokens.len());
        return Err(PyValueError::new_err(message));
    }
    let entries = tokens.iter().zip(logprobs.try_iter()?);
    entries
        .map(|(token, entry)| read_entry(*token, &entry?))
        .collect::<PyResult<Vec<_>>>()
        .map(Some)
}

fn read_entry(token: u32, entry: &Bound<'_, PyAny>) -> PyResult<TokenLogprob> {
    if let Ok(logprob) = entry.extract() {
        let top = Vec::new();
        return Ok(TokenLogprob {
            token,
            logprob,
            top,
        });
    }
    let wrong = |_| {
        PyTypeError::new_err(format!(
            "a log-probability is a number or a pair of one and a dict of alternatives by token id, not {entry}"
        ))
    };
    let (logprob, alternatives): (f64, Bound<'_, PyDict>) = entry.extract().map_err(wrong)?;
    let mut top = Vec::with_capacity(alternatives.len());
    for (token, logprob) in alternatives {
        top.push((token.extract()?, logprob.extract()?));
    }
    top.sort_by(|(_, one): &(u32, f64), (_, other)| other.total_cmp(one));
    Ok(TokenLogprob {
        token,
        logprob,
        top,
    })
}
