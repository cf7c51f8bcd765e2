//! The class `openai_harmony.data.Column`.

use std::sync::Arc;

use openai_harmony::data::Column;
use pyo3::exceptions::{PyAttributeError, PyIndexError};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyDict, PySlice, PyTuple};

use super::arrow;
use super::buffer::Buffer;

/// A column with its memory owned by Python.
pub struct Data {
    pub len: usize,
    pub layout: Layout,
}

pub enum Layout {
    /// Numbers, and their type in Arrow.
    Numbers(Buffer, &'static str),
    /// Texts: a bit for each that is there (or none, if all are), offsets, bytes.
    Texts {
        present: Option<(Buffer, usize)>,
        offsets: Buffer,
        bytes: Buffer,
    },
    /// Lists: offsets, items.
    Lists { offsets: Buffer, items: Arc<Data> },
    /// Fields with their names.
    Struct(Vec<(String, Arc<Data>)>),
}

impl Data {
    pub fn of(py: Python<'_>, column: &Column) -> PyResult<Arc<Self>> {
        let layout = match column {
            Column::Int32(values) => Layout::Numbers(Buffer::of(py, values)?, "i"),
            Column::Int64(values) => Layout::Numbers(Buffer::of(py, values)?, "l"),
            Column::UInt8(values) => Layout::Numbers(Buffer::of(py, values)?, "C"),
            Column::Float32(values) => Layout::Numbers(Buffer::of(py, values)?, "f"),
            Column::Text(texts) => Layout::Texts {
                present: present(py, &texts.present)?,
                offsets: Buffer::of(py, &texts.offsets)?,
                bytes: Buffer::of(py, &texts.bytes)?,
            },
            Column::List { offsets, items } => Layout::Lists {
                offsets: Buffer::of(py, offsets)?,
                items: Self::of(py, items)?,
            },
            Column::Struct { fields, .. } => {
                let field =
                    |(name, column): &(String, Column)| Ok((name.clone(), Self::of(py, column)?));
                Layout::Struct(fields.iter().map(field).collect::<PyResult<_>>()?)
            }
            _ => unreachable!("every kind of column is above"),
        };
        let len = column.len();
        Ok(Arc::new(Self { len, layout }))
    }
}

/// The bits of a bitmap in the order of Arrow and how many are 0; `None` if all are 1.
fn present(py: Python<'_>, present: &[bool]) -> PyResult<Option<(Buffer, usize)>> {
    let missing = present.iter().filter(|present| !**present).count();
    if missing == 0 {
        return Ok(None);
    }
    let byte = |flags: &[bool]| {
        let bits = flags.iter().enumerate();
        bits.fold(0, |byte, (bit, &on)| byte | u8::from(on) << bit)
    };
    let bytes: Vec<u8> = present.chunks(8).map(byte).collect();
    Ok(Some((Buffer::of(py, &bytes)?, missing)))
}

/// Values of one kind one after the other, owned by Rust: numbers, texts, lists or records. ``len`` is how many.
///
/// ``values`` and ``offsets`` are memoryviews, which NumPy, torch and others take without a copy; pyarrow, polars and others take
/// the column itself, by the Arrow PyCapsule interface. The memory stays as long as anything of it is in use.
#[pyclass(name = "Column", module = "openai_harmony.data", frozen)]
pub struct PyColumn {
    pub(super) data: Arc<Data>,
}

impl PyColumn {
    pub fn new(data: Arc<Data>) -> Self {
        Self { data }
    }

    fn item<'py>(&self, py: Python<'py>, index: usize) -> PyResult<Bound<'py, PyAny>> {
        match &self.data.layout {
            Layout::Numbers(numbers, _) => numbers.view(py).get_item(index),
            Layout::Texts {
                present,
                offsets,
                bytes,
            } => {
                if let Some((bits, _)) = present {
                    let byte: u8 = bits.view(py).get_item(index / 8)?.extract()?;
                    if byte >> (index % 8) & 1 == 0 {
                        return Ok(py.None().into_bound(py));
                    }
                }
                let text = between(py, offsets, bytes.view(py), index)?;
                text.call_method0("tobytes")?
                    .call_method1("decode", ("utf-8",))
            }
            Layout::Lists { offsets, items } => {
                let items = Self::new(Arc::clone(items));
                match &items.data.layout {
                    Layout::Numbers(numbers, _) => between(py, offsets, numbers.view(py), index),
                    _ => {
                        let range = range(py, offsets, index)?;
                        let items: PyResult<Vec<_>> =
                            range.map(|item| items.item(py, item)).collect();
                        items?.into_pyobject(py)
                    }
                }
            }
            Layout::Struct(fields) => {
                let record = PyDict::new(py);
                for (name, data) in fields {
                    let field = Self::new(Arc::clone(data));
                    record.set_item(name, field.item(py, index)?)?;
                }
                Ok(record.into_any())
            }
        }
    }
}

fn range(py: Python<'_>, offsets: &Buffer, index: usize) -> PyResult<std::ops::Range<usize>> {
    let offsets = offsets.view(py);
    Ok(offsets.get_item(index)?.extract()?..offsets.get_item(index + 1)?.extract()?)
}

fn between<'py>(
    py: Python<'py>,
    offsets: &Buffer,
    values: &Bound<'py, pyo3::types::PyMemoryView>,
    index: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let range = range(py, offsets, index)?;
    // Positions in memory fit into `isize`.
    values.get_item(PySlice::new(
        py,
        range.start as isize,
        range.end as isize,
        1,
    ))
}

#[pymethods]
impl PyColumn {
    /// The numbers; of lists the items of all of them; of texts the bytes of all of them. A memoryview, but a column where the items are
    /// no numbers.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match &self.data.layout {
            Layout::Numbers(numbers, _) => Ok(numbers.view(py).as_any().clone()),
            Layout::Texts { bytes, .. } => Ok(bytes.view(py).as_any().clone()),
            Layout::Lists { items, .. } => match &items.layout {
                Layout::Numbers(numbers, _) => Ok(numbers.view(py).as_any().clone()),
                _ => Ok(Bound::new(py, Self::new(Arc::clone(items)))?.into_any()),
            },
            Layout::Struct(_) => Err(PyAttributeError::new_err(
                "a column of records has no values, but fields: column.field(name)",
            )),
        }
    }

    /// Of lists and texts: where each begins in ``values``, and at last where the last one ends, as a memoryview of 32-bit integers.
    /// ``None`` for numbers and records.
    #[getter]
    fn offsets<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        match &self.data.layout {
            Layout::Texts { offsets, .. } | Layout::Lists { offsets, .. } => {
                Some(offsets.view(py).as_any().clone())
            }
            _ => None,
        }
    }

    /// A field of records, as a column.
    ///
    /// Args:
    ///     name (str): The name of the field.
    ///
    /// Returns:
    ///     Column: The field of each record.
    ///
    /// Raises:
    ///     KeyError: No field has that name.
    fn field(&self, name: &str) -> PyResult<Self> {
        let fields = match &self.data.layout {
            Layout::Struct(fields) => fields.as_slice(),
            _ => &[],
        };
        let mut found = fields.iter().filter(|(own, _)| own == name);
        match found.next() {
            Some((_, data)) => Ok(Self::new(Arc::clone(data))),
            None => Err(pyo3::exceptions::PyKeyError::new_err(name.to_owned())),
        }
    }

    fn __len__(&self) -> usize {
        self.data.len
    }

    /// A value: a number, a text or None, a dict, or a list; a list of numbers is a memoryview.
    fn __getitem__<'py>(&self, py: Python<'py>, index: isize) -> PyResult<Bound<'py, PyAny>> {
        let place = match index {
            0.. => Some(index.unsigned_abs()),
            _ => self.data.len.checked_sub(index.unsigned_abs()),
        };
        match place.filter(|&place| place < self.data.len) {
            Some(place) => self.item(py, place),
            None => Err(PyIndexError::new_err("column index out of range")),
        }
    }

    /// The values one after the other.
    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let builtins = slf.py().import("builtins")?;
        let places = builtins.call_method1("range", (slf.get().data.len,))?;
        builtins.call_method1("map", (slf.getattr("__getitem__")?, places))
    }

    fn __repr__(&self) -> String {
        format!(
            "Column({}, len={})",
            arrow::type_name(&self.data),
            self.data.len
        )
    }

    /// The type of the column, for the Arrow PyCapsule interface.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        arrow::schema(py, "", &self.data)
    }

    /// The column, for the Arrow PyCapsule interface. It is never converted, so a requested schema is not looked at.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let _ = requested_schema;
        let schema = arrow::schema(py, "", &self.data)?;
        (schema, arrow::array(py, &self.data)?).into_pyobject(py)
    }
}
