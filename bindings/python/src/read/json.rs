//! Values of JSON: the parameters of tools, and the schemas of response formats.

use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use serde_json::{Map, Number, Value};

use super::error::{Read, ReadError, Step};
use super::fields::string;
use crate::arguments::type_name;
use crate::convert::cached;

/// How deep values may be nested: as deep as `serde_json` reads text.
const DEEPEST: usize = 128;

/// The JSON form of a value.
///
/// Any mapping is an object. What JSON has no form for, such as dates and models, is written as pydantic writes it.
pub fn value(value: &Bound<'_, PyAny>) -> Read<Value> {
    nested(value, 0)
}

fn nested(value: &Bound<'_, PyAny>, depth: usize) -> Read<Value> {
    if depth > DEEPEST {
        let reason = format!("nested more than {DEEPEST} levels deep, or inside itself");
        return Err(ReadError::invalid(reason));
    }
    if value.is_instance_of::<PyString>() {
        return string(value).map(Value::String);
    }
    if let Ok(dict) = value.cast::<PyDict>() {
        return object(dict, depth);
    }
    if let Ok(list) = value.cast::<PyList>() {
        return array(list.iter(), depth);
    }
    if value.is_none() {
        return Ok(Value::Null);
    }
    // A bool is an int, too.
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(Value::Bool(flag.is_true()));
    }
    if value.is_instance_of::<PyInt>() {
        return integer(value);
    }
    if let Ok(float) = value.cast::<PyFloat>() {
        return number(float.value());
    }
    if let Ok(tuple) = value.cast::<PyTuple>() {
        return array(tuple.iter(), depth);
    }
    if let Ok(mapping) = value.cast::<PyMapping>() {
        let dict = PyDict::new(value.py());
        dict.update(mapping)?;
        return object(&dict, depth);
    }
    nested(&as_pydantic_writes(value)?, depth + 1)
}

fn object(dict: &Bound<'_, PyDict>, depth: usize) -> Read<Value> {
    let mut object = Map::with_capacity(dict.len());
    for (key, item) in dict.iter() {
        if !key.is_instance_of::<PyString>() {
            return nested(&as_pydantic_writes(dict)?, depth + 1);
        }
        let key = string(&key)?;
        match nested(&item, depth + 1) {
            Ok(item) => object.insert(key, item),
            Err(error) => return Err(step_into(error, depth, key.as_str())),
        };
    }
    Ok(Value::Object(object))
}

fn array<'py>(items: impl Iterator<Item = Bound<'py, PyAny>>, depth: usize) -> Read<Value> {
    let item =
        |(index, item)| nested(&item, depth + 1).map_err(|error| step_into(error, depth, index));
    items
        .enumerate()
        .map(item)
        .collect::<Read<_>>()
        .map(Value::Array)
}

/// The path of an error is shown down to a depth where one still reads it.
fn step_into(error: ReadError, depth: usize, step: impl Into<Step>) -> ReadError {
    if depth < 12 {
        error.within(step)
    } else {
        error
    }
}

/// An integer; beyond 64 bits, the nearest number of JSON, as from JSON text.
fn integer(value: &Bound<'_, PyAny>) -> Read<Value> {
    if let Ok(integer) = value.extract::<i64>() {
        return Ok(integer.into());
    }
    if let Ok(integer) = value.extract::<u64>() {
        return Ok(integer.into());
    }
    match value.extract::<f64>() {
        Ok(float) => number(float),
        Err(_) => Err(ReadError::invalid("the integer is too large for JSON")),
    }
}

fn number(float: f64) -> Read<Value> {
    let name = if float.is_nan() { "NaN" } else { "infinity" };
    Number::from_f64(float)
        .map(Value::Number)
        .ok_or_else(|| ReadError::invalid(format!("JSON has no {name}")))
}

fn as_pydantic_writes<'py>(value: &Bound<'py, PyAny>) -> Read<Bound<'py, PyAny>> {
    static WRITER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = value.py();
    let writer = cached(py, &WRITER, "pydantic_core", "to_jsonable_python")?;
    writer.call1((value,)).map_err(|error| {
        // What cannot be written is an Exception; Ctrl-C and the like are not, and are passed on.
        if error.is_instance_of::<PyException>(py) {
            ReadError::invalid(format!("JSON has no form for {}", type_name(value)))
        } else {
            error.into()
        }
    })
}
