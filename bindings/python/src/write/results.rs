//! Parse results as objects of the package.

use std::ops::Range;

use openai_harmony::{ChannelUsage, Parsed, ParsedMessage};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyRange};

use super::instances::Class;
use super::messages::message;
use crate::convert::word;
use crate::events::repair;
use crate::members::PyEnum;

static RESULT: Class = Class::new("openai_harmony", "ParseResult");
static MESSAGE: Class = Class::new("openai_harmony", "ParsedMessage");
static USAGE: Class = Class::new("openai_harmony", "ChannelUsage");

/// The `ParseResult` for a result of the crate, with everything that follows from it.
pub fn result<'py>(py: Python<'py>, parsed: &Parsed) -> PyResult<Bound<'py, PyAny>> {
    let fields = PyDict::new(py);
    let messages = list(py, &parsed.messages, parsed_message)?;
    fields.set_item(intern!(py, "messages"), messages)?;
    fields.set_item(intern!(py, "repairs"), list(py, &parsed.repairs, repair)?)?;
    fields.set_item(intern!(py, "open_header"), ranges(py, &parsed.open_header)?)?;
    fields.set_item(intern!(py, "start"), parsed.start)?;
    fields.set_item(intern!(py, "length"), parsed.length)?;
    fields.set_item(intern!(py, "usage"), list(py, &parsed.usage(), usage)?)?;
    let reason = parsed.finish_reason().member(py)?;
    fields.set_item(intern!(py, "finish_reason"), reason)?;
    RESULT.instance(fields)
}

fn parsed_message<'py>(py: Python<'py>, parsed: &ParsedMessage) -> PyResult<Bound<'py, PyAny>> {
    let ending = parsed.ending.map(|ending| ending.member(py)).transpose()?;
    let fields = PyDict::new(py);
    fields.set_item(intern!(py, "message"), message(py, &parsed.message)?)?;
    fields.set_item(intern!(py, "header"), ranges(py, &parsed.header)?)?;
    fields.set_item(intern!(py, "content"), ranges(py, &parsed.content)?)?;
    fields.set_item(intern!(py, "ending"), ending)?;
    fields.set_item(intern!(py, "is_complete"), parsed.is_complete())?;
    fields.set_item(intern!(py, "content_tokens"), parsed.content_tokens())?;
    fields.set_item(intern!(py, "total_tokens"), parsed.total_tokens())?;
    MESSAGE.instance(fields)
}

fn usage<'py>(py: Python<'py>, usage: &ChannelUsage) -> PyResult<Bound<'py, PyAny>> {
    let channel = usage.channel.as_deref().map(|channel| word(py, channel));
    let fields = PyDict::new(py);
    fields.set_item(intern!(py, "channel"), channel)?;
    fields.set_item(intern!(py, "content_tokens"), usage.content_tokens)?;
    fields.set_item(intern!(py, "total_tokens"), usage.total_tokens)?;
    USAGE.instance(fields)
}

fn ranges<'py>(py: Python<'py>, ranges: &[Range<usize>]) -> PyResult<Bound<'py, PyList>> {
    list(py, ranges, |py, range| {
        // OK: no stream has as many positions as half of all numbers.
        PyRange::new(py, range.start as isize, range.end as isize).map(Bound::into_any)
    })
}

/// A list with an object for each item.
pub fn list<'py, T>(
    py: Python<'py>,
    items: &[T],
    object: impl Fn(Python<'py>, &T) -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for item in items {
        list.append(object(py, item)?)?;
    }
    Ok(list)
}
