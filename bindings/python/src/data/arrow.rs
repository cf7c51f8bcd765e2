//! The Arrow C data interface, as far as the columns here need it: <https://arrow.apache.org/docs/format/CDataInterface.html>.

mod export;
mod import;
mod structs;
mod values;

pub use import::{token_lists, Batches};

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use super::column::{Data, Layout};
use structs::{ArrowArray, ArrowArrayStream, ArrowSchema};

/// The type of a column as a capsule.
pub fn schema<'py>(
    py: Python<'py>,
    name: &str,
    data: &Arc<Data>,
) -> PyResult<Bound<'py, PyCapsule>> {
    PyCapsule::new_with_value(py, ArrowSchema::of(name, data), c"arrow_schema")
}

/// A column as a capsule.
pub fn array<'py>(py: Python<'py>, data: &Arc<Data>) -> PyResult<Bound<'py, PyCapsule>> {
    PyCapsule::new_with_value(py, ArrowArray::of(data), c"arrow_array")
}

/// A column of records as the capsule of a stream of one batch.
pub fn stream<'py>(py: Python<'py>, data: &Arc<Data>) -> PyResult<Bound<'py, PyCapsule>> {
    PyCapsule::new_with_value(py, ArrowArrayStream::of(data), c"arrow_array_stream")
}

/// The type of a column in words.
pub fn type_name(data: &Data) -> String {
    match &data.layout {
        Layout::Numbers(_, "i") => "int32".to_owned(),
        Layout::Numbers(_, "l") => "int64".to_owned(),
        Layout::Numbers(_, "C") => "uint8".to_owned(),
        Layout::Numbers(..) => "float".to_owned(),
        Layout::Texts { .. } => "string".to_owned(),
        Layout::Lists { items, .. } => format!("list<{}>", type_name(items)),
        Layout::Struct(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, data)| format!("{name}: {}", type_name(data)))
                .collect();
            format!("struct<{}>", fields.join(", "))
        }
    }
}
