//! The class `openai_harmony.data.Table`, and how one is prepared.

use std::num::NonZeroUsize;
use std::sync::Arc;

use openai_harmony::data::{self, Recipe, RowFailure, Source, Statistics, Table};
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyBytes, PyCapsule, PyTuple};

use super::arrow::{self, Batches};
use super::column::{Data, Layout, PyColumn};
use super::interrupt::Interrupt;
use super::rows::{Owned, Sequence};
use crate::arguments::{self, items};
use crate::convert::{cached, to_json};
use crate::encoding::PyHarmonyEncoding;

const ROWS: &str = "rows must be bytes of JSON Lines, Arrow data, or an iterable of rows";

/// Columns of equal length, owned by Rust. ``len`` is the number of rows.
///
/// ``table["input_ids"]`` is a column with memoryviews. pyarrow, polars, DuckDB and others take the whole table by the Arrow PyCapsule
/// interface: ``pyarrow.table(table)``, ``polars.DataFrame(table)``.
#[pyclass(name = "Table", module = "openai_harmony.data", frozen)]
pub struct PyTable {
    /// A column of records, one for each row.
    columns: Arc<Data>,
    failures: Vec<RowFailure>,
    statistics: Statistics,
}

impl PyTable {
    pub fn of(py: Python<'_>, table: Table) -> PyResult<Self> {
        let column = |(name, column)| Ok((name, Data::of(py, &column)?));
        let columns = table.columns.into_iter().map(column);
        let columns = Data {
            len: table.rows,
            layout: Layout::Struct(columns.collect::<PyResult<_>>()?),
        };
        Ok(Self {
            columns: Arc::new(columns),
            failures: table.failures,
            statistics: table.statistics,
        })
    }

    fn columns(&self) -> &[(String, Arc<Data>)] {
        match &self.columns.layout {
            Layout::Struct(columns) => columns,
            _ => &[],
        }
    }
}

#[pymethods]
impl PyTable {
    /// The names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<&str> {
        self.columns()
            .iter()
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// The rows that could not be prepared, in their order.
    #[getter]
    fn failures<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        static FAILURE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let class = cached(py, &FAILURE, "openai_harmony.data", "RowFailure")?;
        let failures = self.failures.iter();
        failures
            .map(|failure| {
                class.call1((failure.row, failure.offset, failure.code, &failure.reason))
            })
            .collect()
    }

    /// What was counted.
    #[getter]
    fn statistics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static STATISTICS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let class = cached(py, &STATISTICS, "openai_harmony.data", "Statistics")?;
        class.call_method1("from_json", (to_json(&self.statistics)?,))
    }

    fn __len__(&self) -> usize {
        self.columns.len
    }

    /// A column. Raises ``KeyError`` for a name that no column has.
    fn __getitem__(&self, name: &str) -> PyResult<PyColumn> {
        let mut columns = self.columns().iter();
        match columns.find(|(own, _)| own == name) {
            Some((_, data)) => Ok(PyColumn::new(Arc::clone(data))),
            None => Err(PyKeyError::new_err(name.to_owned())),
        }
    }

    fn __repr__(&self) -> String {
        let names = self.column_names().join(", ");
        let failed = self.failures.len();
        format!("Table({} rows, {failed} failed; {names})", self.columns.len)
    }

    /// The types of the columns, for the Arrow PyCapsule interface.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        arrow::schema(py, "", &self.columns)
    }

    /// The table as one batch, for the Arrow PyCapsule interface. It is never converted, so a requested schema is not looked at.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let _ = requested_schema;
        let schema = arrow::schema(py, "", &self.columns)?;
        (schema, arrow::array(py, &self.columns)?).into_pyobject(py)
    }

    /// The table as a stream of one batch, for the Arrow PyCapsule interface.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        arrow::stream(py, &self.columns)
    }
}

/// Prepares rows: bytes of JSON Lines, Arrow data, or an iterable of rows. The recipe is JSON. Rows are counted from `first_row` on.
/// `check` is called now and then; what it raises ends the work.
#[pyfunction]
#[pyo3(signature = (encoding, rows, recipe, num_threads, column, first_row = 0, check = None))]
pub fn prepare(
    #[pyo3(from_py_with = PyHarmonyEncoding::argument)] encoding: &Bound<'_, PyHarmonyEncoding>,
    rows: &Bound<'_, PyAny>,
    recipe: &str,
    #[pyo3(from_py_with = arguments::num_threads)] num_threads: Option<NonZeroUsize>,
    column: Option<&str>,
    first_row: usize,
    check: Option<Py<PyAny>>,
) -> PyResult<PyTable> {
    let py = rows.py();
    let recipe: Recipe = serde_json::from_str(recipe)
        .map_err(|error| PyValueError::new_err(format!("recipe: {error}")))?;
    let encoding = &encoding.get().inner;
    let interrupt = Interrupt::with_check(check);
    let stop = || interrupt.stops();
    let result = with_source(rows, column, &recipe.keep, |source| {
        data::prepare(encoding, source, &recipe, num_threads, &stop)
    })?;
    match result {
        Ok(mut table) => {
            table.number_rows_from(first_row);
            PyTable::of(py, table)
        }
        Err(reason) => Err(interrupt.into_error(&reason)),
    }
}

/// The form that the first rows say they have; None if they could be either.
#[pyfunction]
pub fn detect_form(
    rows: &Bound<'_, PyAny>,
    column: Option<&str>,
) -> PyResult<Option<&'static str>> {
    let form = with_source(rows, column, &[], data::detect_form)?;
    Ok(form.map(|form| form.as_str()))
}

/// Does work with rows from Python, without the interpreter lock.
fn with_source<R: Send>(
    rows: &Bound<'_, PyAny>,
    column: Option<&str>,
    keep: &[String],
    work: impl FnOnce(&Source<'_>) -> R + Send,
) -> PyResult<R> {
    let py = rows.py();
    if let Ok(bytes) = rows.cast::<PyBytes>() {
        let bytes = bytes.as_bytes();
        return Ok(py.detach(|| work(&Source::JsonLines(bytes))));
    }
    if let Some(bytes) = buffer(rows)? {
        return Ok(py.detach(|| work(&Source::JsonLines(&bytes))));
    }
    if let Some(batches) = Batches::of(rows, column, keep)? {
        return Ok(py.detach(|| work(&Source::Rows(&batches))));
    }
    let objects: Vec<Bound<'_, PyAny>> = items(rows, ROWS)?.collect::<PyResult<_>>()?;
    let rows = Sequence(objects.iter().map(Owned::of).collect::<PyResult<_>>()?);
    Ok(py.detach(|| work(&Source::Rows(&rows))))
}

/// The bytes of a buffer that may change while the lock is given up, so they are copied.
fn buffer(rows: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    if let Ok(bytes) = rows.cast::<PyByteArray>() {
        return Ok(Some(bytes.to_vec()));
    }
    if rows.is_instance_of::<pyo3::types::PyMemoryView>() {
        let bytes = rows.call_method0("tobytes")?;
        return Ok(Some(bytes.cast::<PyBytes>()?.as_bytes().to_vec()));
    }
    Ok(None)
}
