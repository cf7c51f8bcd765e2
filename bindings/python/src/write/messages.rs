//! Messages as objects of the package.

use openai_harmony::chat::{Author, Content, Message, TextContent};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PySet, PyString};

use super::instances::Class;
use crate::convert::{to_json, word};
use crate::members::PyEnum;

static MESSAGE: Class = Class::new("openai_harmony", "Message");
static AUTHOR: Class = Class::new("openai_harmony", "Author");
static TEXT: Class = Class::new("openai_harmony", "TextContent");

/// New message objects.
pub fn messages<'py, 'a>(
    py: Python<'py>,
    messages: impl IntoIterator<Item = &'a Message>,
) -> PyResult<Bound<'py, PyList>> {
    let list = PyList::empty(py);
    for found in messages {
        list.append(message(py, found)?)?;
    }
    Ok(list)
}

/// A new message object.
pub fn message<'py>(py: Python<'py>, message: &Message) -> PyResult<Bound<'py, PyAny>> {
    let [Content::Text(text)] = &message.content[..] else {
        // Nothing that a parser read; the model's own reader knows every content.
        let json = to_json(message)?;
        return MESSAGE
            .get(py)?
            .call_method1(intern!(py, "from_json"), (json,));
    };
    let fields = PyDict::new(py);
    fields.set_item(intern!(py, "author"), author(py, &message.author)?)?;
    fields.set_item(intern!(py, "content"), [text_content(py, text)?])?;
    let given = PySet::new(py, [intern!(py, "author"), intern!(py, "content")])?;
    for (name, value) in [
        (intern!(py, "channel"), &message.channel),
        (intern!(py, "recipient"), &message.recipient),
        (intern!(py, "content_type"), &message.content_type),
    ] {
        let value = value.as_deref().map(|value| word(py, value));
        if value.is_some() {
            given.add(name)?;
        }
        fields.set_item(name, value)?;
    }
    MESSAGE.model_instance(fields, given)
}

fn author<'py>(py: Python<'py>, author: &Author) -> PyResult<Bound<'py, PyAny>> {
    let (role, name) = (intern!(py, "role"), intern!(py, "name"));
    let fields = PyDict::new(py);
    fields.set_item(role, author.role.member(py)?)?;
    fields.set_item(name, author.name.as_deref())?;
    AUTHOR.model_instance(fields, PySet::new(py, [role, name])?)
}

fn text_content<'py>(py: Python<'py>, content: &TextContent) -> PyResult<Bound<'py, PyAny>> {
    let (kind, text) = (intern!(py, "type"), intern!(py, "text"));
    let fields = PyDict::new(py);
    fields.set_item(text, PyString::new(py, &content.text))?;
    fields.set_item(kind, text)?;
    TEXT.model_instance(fields, PySet::new(py, [text])?)
}
