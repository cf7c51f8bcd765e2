//! The last prompt of a transcript as a Python list.

use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::tokenizer::token_list;

/// The last prompt as a list, so that the next one makes a list of what is new only and copies the rest.
///
/// Measured on 200 turns that reach 33,000 tokens: 13 ms in place of 18.
#[derive(Default)]
pub struct LastPrompt {
    tokens: Vec<u32>,
    list: Option<Py<PyList>>,
}

impl LastPrompt {
    /// A new list of `tokens`.
    pub fn list_of<'py>(
        &mut self,
        py: Python<'py>,
        tokens: &[u32],
    ) -> PyResult<Bound<'py, PyList>> {
        let kept = match self.list.take() {
            Some(list) => list.into_bound(py),
            None => {
                self.tokens.clear();
                PyList::empty(py)
            }
        };
        let same = common_prefix(&self.tokens, tokens);
        let new = tokens.get(same..).unwrap_or_default();
        kept.set_slice(same, kept.len(), &token_list(py, new)?)?;
        self.tokens.truncate(same);
        self.tokens.extend_from_slice(new);
        let copy = kept.get_slice(0, kept.len());
        self.list = Some(kept.unbind());
        Ok(copy)
    }
}

/// How many ids two sequences have in common at the beginning.
fn common_prefix(one: &[u32], other: &[u32]) -> usize {
    // Comparing whole slices is a memcmp, and one prompt almost always extends the other.
    if other.starts_with(one) {
        return one.len();
    }
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}
