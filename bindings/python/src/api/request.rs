//! Requests of both APIs: bodies in, jobs out.

use openai_harmony::api::{
    chat_from_conversation, conversation_from_chat, ChatCompletions, Options, Responses,
};
use openai_harmony::chat::SystemContent;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::bad_request::{not_json, raise};
use super::dict::to_object;
use super::host::PyHost;
use super::job::PyJob;
use super::store::PyStore;
use crate::arguments;
use crate::convert::to_json;
use crate::encoding::PyHarmonyEncoding;
use crate::read;

/// Reads the requests of both APIs for one encoding.
#[pyclass(name = "RequestReader", module = "openai_harmony._core", frozen)]
pub struct PyRequestReader {
    chat: ChatCompletions,
    responses: Responses,
    host: PyHost,
}

/// A body as it comes in.
enum Body {
    Text(Vec<u8>),
    Object(Value),
}

#[pymethods]
impl PyRequestReader {
    #[new]
    #[pyo3(signature = (encoding, options, clock, ids, seal, unseal))]
    fn new(
        #[pyo3(from_py_with = PyHarmonyEncoding::argument)] encoding: &Bound<'_, PyHarmonyEncoding>,
        options: &Bound<'_, PyAny>,
        clock: Py<PyAny>,
        ids: Py<PyAny>,
        seal: Option<Py<PyAny>>,
        unseal: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let options: Options = from_object(options, "options")?;
        let encoding = &encoding.get().inner;
        Ok(Self {
            chat: ChatCompletions::new(encoding.clone(), options.clone()),
            responses: Responses::new(encoding.clone(), options),
            host: PyHost::new(clock, ids, seal, unseal),
        })
    }

    /// Reads a request to Chat Completions into a job.
    fn prepare_chat(
        &self,
        py: Python<'_>,
        body: &Bound<'_, PyAny>,
        mut into: PyRefMut<'_, PyJob>,
    ) -> PyResult<()> {
        let (body, host) = (body_of(body)?, self.host.clone_ref(py));
        let prepared = py.detach(|| match &body {
            Body::Text(text) => self.chat.prepare(text, &host),
            Body::Object(value) => self.chat.prepare_value(value, &host),
        });
        host.check()?;
        let job = prepared.map_err(|error| raise(py, &error))?;
        into.set_chat(job, host);
        Ok(())
    }

    /// Reads a request to the Responses API into a job.
    fn prepare_responses(
        &self,
        py: Python<'_>,
        body: &Bound<'_, PyAny>,
        store: Option<Py<PyAny>>,
        mut into: PyRefMut<'_, PyJob>,
    ) -> PyResult<()> {
        let (body, host) = (body_of(body)?, self.host.clone_ref(py));
        let store = PyStore::new(store);
        let prepared = py.detach(|| match &body {
            Body::Text(text) => self.responses.prepare(text, &host, &store),
            Body::Object(value) => self.responses.prepare_value(value, &host, &store),
        });
        host.check()?;
        store.check()?;
        let job = prepared.map_err(|error| raise(py, &error))?;
        into.set_responses(job, host);
        Ok(())
    }
}

/// The messages of the conversation that Chat Completions messages and tools make, as JSON.
#[pyfunction]
pub fn conversation_from_chat_completions(
    py: Python<'_>,
    row: &Bound<'_, PyAny>,
    system: &Bound<'_, PyAny>,
    #[pyo3(from_py_with = arguments::participant_names)] participant_names: bool,
) -> PyResult<String> {
    let row = value_of(row)?;
    let system: SystemContent = from_object(system, "system")?;
    let conversation = py
        .detach(|| conversation_from_chat(&row, &system, participant_names))
        .map_err(|error| raise(py, &error))?;
    to_json(&conversation.messages)
}

/// The messages and tools of Chat Completions that make a conversation.
#[pyfunction]
pub fn chat_completions_from_conversation<'py>(
    py: Python<'py>,
    conversation: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let conversation = read::conversation(conversation)?;
    to_object(py, &chat_from_conversation(&conversation))
}

fn body_of(body: &Bound<'_, PyAny>) -> PyResult<Body> {
    if let Ok(bytes) = body.cast::<PyBytes>() {
        return Ok(Body::Text(bytes.as_bytes().to_vec()));
    }
    if let Ok(text) = body.cast::<PyString>() {
        return match text.to_cow() {
            Ok(text) => Ok(Body::Text(text.into_owned().into_bytes())),
            Err(_) => {
                let problem =
                    "the JSON body of your request has a lone surrogate, which is not a character";
                Err(not_json(body.py(), &PyValueError::new_err(problem)))
            }
        };
    }
    value_of(body).map(Body::Object)
}

fn value_of(body: &Bound<'_, PyAny>) -> PyResult<Value> {
    read::json(body, "body").map_err(|error| {
        if error.is_instance_of::<PyValueError>(body.py()) {
            not_json(body.py(), &error)
        } else {
            error
        }
    })
}

fn from_object<T: DeserializeOwned>(object: &Bound<'_, PyAny>, what: &str) -> PyResult<T> {
    let value = read::json(object, what)?;
    serde_json::from_value(value).map_err(|error| PyValueError::new_err(format!("{what}: {error}")))
}
