//! Events as Python objects: made for `match`, with a dict form, equal by value, and picklable.

use openai_harmony::{Repair, StreamEvent};
use pyo3::exceptions::PyNotImplementedError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::arguments;
use super::members::PyEnum;

macro_rules! event {
    ($(#[$doc:meta])* $rust:ident, $name:literal, $kind:literal, { $($field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[pyclass(name = $name, module = "openai_harmony", frozen, get_all)]
        pub struct $rust {
            $($field: $type,)*
        }

        #[pymethods]
        impl $rust {
            #[classattr]
            fn __match_args__<'py>(py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
                PyTuple::new(py, [$(stringify!($field)),*])
            }

            #[new]
            fn new($($field: &Bound<'_, PyAny>),*) -> PyResult<Self> {
                Ok(Self { $($field: Field::read(stringify!($field), $field)?),* })
            }

            /// The event as a dict, with its kind as `type`.
            ///
            /// Returns:
            ///     dict[str, Any]: The fields by name.
            ///
            /// >>> from openai_harmony import ContentDelta
            /// >>> ContentDelta(index=0, text="4").to_dict()
            /// {'type': 'content_delta', 'index': 0, 'text': '4'}
            fn to_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
                let dict = PyDict::new(slf.py());
                dict.set_item("type", $kind)?;
                $(dict.set_item(stringify!($field), slf.getattr(stringify!($field))?)?;)*
                Ok(dict)
            }

            fn __getnewargs__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
                PyTuple::new(slf.py(), [$(slf.getattr(stringify!($field))?),*])
            }

            // For an `other` of another class, PyO3 answers `NotImplemented`.
            fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, Self>) -> PyResult<bool> {
                Self::__getnewargs__(slf)?.eq(Self::__getnewargs__(other)?)
            }

            fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
                Self::__getnewargs__(slf)?.hash()
            }

            fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
                let mut fields = Vec::new();
                $(
                    let value = slf.getattr(stringify!($field))?;
                    if !value.is_none() {
                        fields.push(format!("{}={}", stringify!($field), shown(&value)?));
                    }
                )*
                Ok(format!("{}({})", $name, fields.join(", ")))
            }
        }
    };
}

event! {
    /// A header is complete. ``index`` counts the messages of the stream from 0.
    PyMessageStarted, "MessageStarted", "message_started", {
        index: usize,
        role: Py<PyAny>,
        name: Option<String>,
        channel: Option<String>,
        recipient: Option<String>,
        content_type: Option<String>,
    }
}

event! {
    /// Text was added to the message of this index. The texts, joined, are the text of the message.
    PyContentDelta, "ContentDelta", "content_delta", {
        index: usize,
        text: String,
    }
}

event! {
    /// The message of this index is complete; ``ending`` says what ended it.
    PyMessageEnded, "MessageEnded", "message_ended", {
        index: usize,
        ending: Py<PyAny>,
    }
}

event! {
    /// The stream left the format. ``kind`` says how, ``start`` and ``end`` which tokens belong to no message because
    /// of it (an empty range where nothing was dropped), ``text`` what they read.
    PyRepair, "Repair", "repaired", {
        kind: Py<PyAny>,
        start: usize,
        end: usize,
        text: String,
    }
}

/// A field of an event, whose errors name it.
trait Field: Sized {
    fn read(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self>;
}

impl Field for usize {
    fn read(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        arguments::count(name, value)
    }
}

impl Field for String {
    fn read(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        arguments::string(name, value)
    }
}

impl Field for Option<String> {
    fn read(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        arguments::optional_string(name, value)
    }
}

/// A member of an enum.
impl Field for Py<PyAny> {
    fn read(_: &str, value: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(value.clone().unbind())
    }
}

/// `repr`, but the plain value of an enum's member: `'final'`, not `<Channel.FINAL: 'final'>`.
fn shown(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let plain = value.getattr("value").unwrap_or_else(|_| value.clone());
    Ok(plain.repr()?.to_string())
}

/// The Python object for a repair.
pub fn repair<'py>(py: Python<'py>, repair: &Repair) -> PyResult<Bound<'py, PyAny>> {
    let object = PyRepair {
        kind: repair.kind.member(py)?,
        start: repair.tokens.start,
        end: repair.tokens.end,
        text: repair.text.clone(),
    };
    Ok(Bound::new(py, object)?.into_any())
}

/// The Python object for an event.
pub fn event<'py>(py: Python<'py>, event: StreamEvent) -> PyResult<Bound<'py, PyAny>> {
    Ok(match event {
        StreamEvent::MessageStarted { index, header } => Bound::new(
            py,
            PyMessageStarted {
                index,
                role: header.author.role.member(py)?,
                name: header.author.name,
                channel: header.channel,
                recipient: header.recipient,
                content_type: header.content_type,
            },
        )?
        .into_any(),
        StreamEvent::ContentDelta { index, text } => {
            Bound::new(py, PyContentDelta { index, text })?.into_any()
        }
        StreamEvent::MessageEnded { index, ending } => {
            let ending = ending.member(py)?;
            Bound::new(py, PyMessageEnded { index, ending })?.into_any()
        }
        StreamEvent::Repaired(found) => repair(py, &found)?,
        other => {
            let message = format!("no class for the event {other:?}");
            return Err(PyNotImplementedError::new_err(message));
        }
    })
}
