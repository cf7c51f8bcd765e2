//! Rows from Arrow: texts, or records with `messages`.

use std::ffi::CStr;

use openai_harmony::data::{Row, Rows};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};
use serde_json::{Map, Value};

use super::structs::{ArrowArray, ArrowArrayStream, ArrowSchema, Released};
use super::values::Values;

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

    fn value(&self, values: Values<'_>, fields: &[usize], index: usize) -> Result<Value, String> {
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
    // Only the type is asked.
    let nothing = ArrowArray::released();
    let root = Values {
        schema,
        array: &nothing,
    };
    if root.is_text() {
        return Ok(RowsIn::Texts);
    }
    let names: Vec<&str> = fields(schema).map(super::values::name).collect();
    if root.format() != "+s" {
        return Err(format!(
            "Arrow data must be a table or an array of texts, not of the type {:?}",
            root.format()
        ));
    }
    let texts: Vec<usize> = fields(schema)
        .enumerate()
        .filter(|(_, schema)| {
            let array = &nothing;
            Values { schema, array }.is_text()
        })
        .map(|(index, _)| index)
        .collect();
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
