//! Token ids to Python: lists of ints.

use pyo3::prelude::*;

/// A list of token ids.
///
/// Without the interpreter lock all ints are new: references to shared ones would have to be counted atomically.
#[cfg(Py_GIL_DISABLED)]
pub fn token_list<'py>(py: Python<'py>, tokens: &[u32]) -> PyResult<Bound<'py, PyAny>> {
    Ok(pyo3::types::PyList::new(py, tokens)?.into_any())
}

/// A list of token ids. The ints come from a table in which each is made once.
///
/// Measured: 3 to 4 ns a token, where fresh ints take 16 to 28. Most of it is waiting for the ints, which are anywhere in memory; so those
/// of the next tokens are fetched while these are set.
#[cfg(not(Py_GIL_DISABLED))]
pub fn token_list<'py>(py: Python<'py>, tokens: &[u32]) -> PyResult<Bound<'py, PyAny>> {
    use super::{
        ints::{self, Ints},
        new_list::NewList,
    };

    const FETCHED: usize = 64;
    let list = NewList::new(py, tokens.len())?;
    let mut fetched = [ints::Kept::NONE; FETCHED];
    let mut index = 0;
    for chunk in tokens.chunks(FETCHED) {
        // Asked again each time: the table may have been made for the last tokens.
        let ints = Ints::kept();
        for (int, &token) in fetched.iter_mut().zip(chunk) {
            *int = ints.peek(token);
        }
        for (int, &token) in fetched.iter().zip(chunk) {
            let int = match int.reference(py) {
                Some(int) => int,
                None => ints::make(py, token)?,
            };
            // SAFETY: the new list has room for as many items as there are tokens; each is set once, to an int that the list takes over.
            unsafe { list.set(index, int)? };
            index += 1;
        }
    }
    Ok(list.list)
}
