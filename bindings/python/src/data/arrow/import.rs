//! Rows from Arrow: texts, or records with `messages`.

use std::borrow::Cow;
use std::ffi::CStr;

use openai_harmony::data::{Row, Rows, TokenLists};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};
use serde_json::{Map, Value};

use super::structs::{ArrowArray, ArrowArrayStream, ArrowSchema, Released};
use super::values::{format, is_text, name, Values};

/// Arrays of one type, one after the other.
pub struct Batches {
    schema: ArrowSchema,
    arrays: Vec<ArrowArray>,
    /// The index of the first row of each array, and at last the number of rows.
    starts: Vec<usize>,
    rows: RowsIn,
}

/// Where the rows are.
enum RowsIn {
    /// The arrays are JSON texts.
    Texts,
    /// The field at this index has JSON texts.
    TextField(usize),
    /// The records are rows; these fields of them are read.
    Records(Vec<usize>),
}

// SAFETY: nothing is written to the arrays, and the specification allows to read them on any thread.
unsafe impl Sync for Batches {}

impl Batches {
    /// The rows of an object that has the Arrow PyCapsule interface; `None` for another one.
    ///
    /// Raises `TypeError` if its columns have no rows: neither `messages` nor one of texts, which `column` names.
    pub fn of(
        object: &Bound<'_, PyAny>,
        column: Option<&str>,
        keep: &[String],
    ) -> PyResult<Option<Self>> {
        let py = object.py();
        let (schema, arrays) =
            if let Some(stream) = object.getattr_opt(intern!(py, "__arrow_c_stream__"))? {
                read_stream(stream.call0()?.cast()?)?
            } else if let Some(array) = object.getattr_opt(intern!(py, "__arrow_c_array__"))? {
                let capsules = array.call0()?.cast_into::<PyTuple>()?;
                let schema = take(capsules.get_item(0)?.cast()?, c"arrow_schema")?;
                let array = take(capsules.get_item(1)?.cast()?, c"arrow_array")?;
                (schema, vec![array])
            } else {
                return Ok(None);
            };
        let mut starts = vec![0];
        for array in &arrays {
            let length = usize::try_from(array.length).unwrap_or(0);
            starts.push(starts[starts.len() - 1] + length);
        }
        let rows = rows_in(&schema, column, keep).map_err(PyTypeError::new_err)?;
        Ok(Some(Self {
            schema,
            arrays,
            starts,
            rows,
        }))
    }

    /// All texts of a column of texts.
    ///
    /// Raises `TypeError` for records, `ValueError` for a null or bytes that are not UTF-8.
    pub fn texts(&self) -> PyResult<Vec<Cow<'_, str>>> {
        if matches!(self.rows, RowsIn::Records(_)) {
            return Err(PyTypeError::new_err("texts must be one column of texts"));
        }
        (0..self.count())
            .map(|index| match self.row(index) {
                Row::Json(bytes) => std::str::from_utf8(bytes)
                    .map(Cow::Borrowed)
                    .map_err(|error| PyValueError::new_err(format!("text {index}: {error}"))),
                _ => Err(PyValueError::new_err(format!("text {index} is null"))),
            })
            .collect()
    }

    fn value(&self, values: Values<'_>, fields: &[usize], index: usize) -> Result<Value, String> {
        if values.is_null(index) {
            return Err("the row is null".to_owned());
        }
        let mut row = Map::new();
        let offset = usize::try_from(values.array.offset).unwrap_or(0);
        for (place, field) in values.children().enumerate() {
            if !fields.contains(&place) {
                continue;
            }
            let value = match field.value(offset + index)? {
                Value::Null => continue,
                // Nested fields are often stored as JSON.
                Value::String(text) if is_nested(field.name()) => {
                    serde_json::from_str(&text).unwrap_or(Value::String(text))
                }
                value => value,
            };
            row.insert(field.name().to_owned(), value);
        }
        Ok(Value::Object(row))
    }
}

fn is_nested(field: &str) -> bool {
    matches!(field, "messages" | "tools")
}

/// Finds the rows in a type.
fn rows_in(schema: &ArrowSchema, column: Option<&str>, keep: &[String]) -> Result<RowsIn, String> {
    if is_text(schema) {
        return Ok(RowsIn::Texts);
    }
    if format(schema) != "+s" {
        return Err(format!(
            "Arrow data must be a table or an array of texts, not of the type {:?}",
            format(schema)
        ));
    }
    let names: Vec<&str> = fields(schema).map(name).collect();
    let texts = fields(schema)
        .enumerate()
        .filter(|(_, field)| is_text(field));
    let texts: Vec<usize> = texts.map(|(index, _)| index).collect();
    if let Some(column) = column {
        let index = names.iter().position(|name| *name == column);
        return match index {
            Some(index) if texts.contains(&index) => Ok(RowsIn::TextField(index)),
            Some(_) => Err(format!("the column {column:?} has no texts")),
            None => Err(format!(
                "there is no column {column:?}, but {}",
                names.join(", ")
            )),
        };
    }
    if names.contains(&"messages") {
        let is_read = |name: &str| is_nested(name) || keep.iter().any(|kept| kept == name);
        let read = names.iter().enumerate().filter(|(_, name)| is_read(name));
        return Ok(RowsIn::Records(read.map(|(index, _)| index).collect()));
    }
    match (&texts[..], names.len()) {
        ([index], 1) => Ok(RowsIn::TextField(*index)),
        _ => Err(format!(
            "a table needs a column \"messages\", or column= names one of JSON texts; it has {}",
            names.join(", ")
        )),
    }
}

fn fields(schema: &ArrowSchema) -> impl Iterator<Item = &ArrowSchema> {
    let count = usize::try_from(schema.n_children).unwrap_or(0);
    // SAFETY: there are so many children, none of which is null.
    (0..count).map(|index| unsafe { &**schema.children.add(index) })
}

impl Rows for Batches {
    fn count(&self) -> usize {
        self.starts[self.starts.len() - 1]
    }

    fn row(&self, index: usize) -> Row<'_> {
        let batch = self.starts.partition_point(|&start| start <= index) - 1;
        let index = index - self.starts[batch];
        let values = Values {
            schema: &self.schema,
            array: &self.arrays[batch],
        };
        let text = match &self.rows {
            RowsIn::Records(fields) => {
                return match self.value(values, fields, index) {
                    Ok(value) => Row::Value(value),
                    Err(reason) => Row::Unreadable(reason),
                };
            }
            RowsIn::Texts => values.text(index),
            RowsIn::TextField(field) => {
                let offset = usize::try_from(values.array.offset).unwrap_or(0);
                let mut fields = values.children().skip(*field);
                fields.next().and_then(|field| field.text(offset + index))
            }
        };
        text.map_or(Row::Unreadable("the text is null".to_owned()), Row::Json)
    }
}

/// The type and the arrays of an object that has the Arrow PyCapsule interface; `None` for another one.
fn arrays_of(object: &Bound<'_, PyAny>) -> PyResult<Option<(ArrowSchema, Vec<ArrowArray>)>> {
    let py = object.py();
    if let Some(stream) = object.getattr_opt(intern!(py, "__arrow_c_stream__"))? {
        return read_stream(stream.call0()?.cast()?).map(Some);
    }
    let Some(array) = object.getattr_opt(intern!(py, "__arrow_c_array__"))? else {
        return Ok(None);
    };
    let capsules = array.call0()?.cast_into::<PyTuple>()?;
    let schema = take(capsules.get_item(0)?.cast()?, c"arrow_schema")?;
    let array = take(capsules.get_item(1)?.cast()?, c"arrow_array")?;
    Ok(Some((schema, vec![array])))
}

/// Lists of token ids from Arrow data; `None` for an object without the Arrow PyCapsule interface.
///
/// Raises `TypeError` for data of another type, `ValueError` for a null and for a number that is not an id.
pub fn token_lists(object: &Bound<'_, PyAny>) -> PyResult<Option<TokenLists>> {
    let Some((schema, arrays)) = arrays_of(object)? else {
        return Ok(None);
    };
    let mut lists = TokenLists::default();
    for array in &arrays {
        let values = Values {
            schema: &schema,
            array,
        };
        // The lists themselves, or a table with one column of them.
        let (values, offset) = match (values.format(), schema.n_children) {
            ("+s", 1) => (values.children().next().unwrap_or(values), array.offset),
            _ => (values, 0),
        };
        let first = usize::try_from(offset).unwrap_or(0);
        for index in first..first + usize::try_from(array.length).unwrap_or(0) {
            let Some((items, range)) = values.items(index) else {
                return Err(PyTypeError::new_err(
                    "token ids must be lists of integers, without nulls",
                ));
            };
            for item in range {
                let id = items.integer(item).and_then(|id| id.as_u64());
                match id.and_then(|id| u32::try_from(id).ok()) {
                    Some(id) => lists.values.push(id),
                    None => {
                        return Err(PyValueError::new_err(
                            "token ids must be from 0 to 4294967295",
                        ))
                    }
                }
            }
            lists.offsets.push(lists.values.len());
        }
    }
    Ok(Some(lists))
}

fn read_stream(capsule: &Bound<'_, PyCapsule>) -> PyResult<(ArrowSchema, Vec<ArrowArray>)> {
    let mut stream: ArrowArrayStream = take(capsule, c"arrow_array_stream")?;
    let stream = &raw mut stream;
    let mut schema = ArrowSchema::released();
    let mut arrays = Vec::new();
    // SAFETY: the stream is not released, has its functions by the specification, and is used by this thread alone.
    unsafe {
        let (Some(get_schema), Some(get_next)) = ((*stream).get_schema, (*stream).get_next) else {
            return Err(PyValueError::new_err("the Arrow stream was already read"));
        };
        check(stream, get_schema(stream, &raw mut schema))?;
        loop {
            let mut array = ArrowArray::released();
            check(stream, get_next(stream, &raw mut array))?;
            if array.release.is_none() {
                return Ok((schema, arrays));
            }
            arrays.push(array);
        }
    }
}

/// # Safety
/// The stream is not released, and has just returned `code`.
unsafe fn check(stream: *mut ArrowArrayStream, code: i32) -> PyResult<()> {
    if code == 0 {
        return Ok(());
    }
    // SAFETY: what the caller says; the message is null or a C string that lives until the next call.
    let message = unsafe {
        let message = (*stream)
            .get_last_error
            .map(|last_error| last_error(stream));
        let message = message.filter(|message| !message.is_null());
        message.map(|message| CStr::from_ptr(message).to_string_lossy().into_owned())
    };
    let message = message.unwrap_or_else(|| format!("error {code}"));
    Err(PyValueError::new_err(format!("Arrow stream: {message}")))
}

/// Moves a struct out of its capsule, which leaves a released one there.
fn take<T: Released>(capsule: &Bound<'_, PyCapsule>, name: &'static CStr) -> PyResult<T> {
    let pointer = capsule.pointer_checked(Some(name))?.cast::<T>();
    // SAFETY: a capsule of this name has a pointer to this struct; the interpreter lock is held, so nobody else takes it.
    Ok(unsafe { std::mem::replace(&mut *pointer.as_ptr(), T::released()) })
}
