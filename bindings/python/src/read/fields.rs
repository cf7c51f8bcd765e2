//! The fields of a model, or of its dict form.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::error::{Read, ReadError};
use super::models::Model;
use crate::text::text_of;

pub struct Fields<'py>(Bound<'py, PyDict>);

impl<'py> Fields<'py> {
    /// The fields of an object of this class, of a dict, or of the dict that the object's `to_dict` gives.
    pub fn of(value: &Bound<'py, PyAny>, model: &Model) -> Read<Self> {
        let py = value.py();
        if model.reads(value)? {
            let fields = value.getattr(intern!(py, "__dict__"))?;
            return Ok(Self(fields.cast_into().map_err(PyErr::from)?));
        }
        Self::of_dict_form(value).ok_or_else(|| ReadError::expected(&model.described(py), value))?
    }

    /// The fields of a dict, or of the dict that the object's `to_dict` gives; `None` if it is neither.
    pub fn of_dict_form(value: &Bound<'py, PyAny>) -> Option<Read<Self>> {
        if let Ok(dict) = value.cast::<PyDict>() {
            return Some(Ok(Self(dict.clone())));
        }
        let to_dict = match value.getattr_opt(intern!(value.py(), "to_dict")) {
            Ok(to_dict) => to_dict?,
            Err(error) => return Some(Err(error.into())),
        };
        Some(to_dict.call0().map_err(ReadError::from).and_then(|form| {
            let form = form.cast_into::<PyDict>();
            let form = form
                .map_err(|error| ReadError::expected("a dict from to_dict", &error.into_inner()))?;
            Ok(Self(form))
        }))
    }

    pub fn py(&self) -> Python<'py> {
        self.0.py()
    }

    /// A field that may be absent or None.
    pub fn optional<T>(
        &self,
        name: &Bound<'py, PyString>,
        read: impl FnOnce(&Bound<'py, PyAny>) -> Read<T>,
    ) -> Read<Option<T>> {
        match self.0.get_item(name)? {
            Some(value) if !value.is_none() => within(name, read(&value)).map(Some),
            _ => Ok(None),
        }
    }

    /// A field that must be there.
    pub fn required<T>(
        &self,
        name: &Bound<'py, PyString>,
        read: impl FnOnce(&Bound<'py, PyAny>) -> Read<T>,
    ) -> Read<T> {
        match self.0.get_item(name)? {
            Some(value) => within(name, read(&value)),
            None => within(name, Err(ReadError::invalid("this field is missing"))),
        }
    }
}

fn within<T>(name: &Bound<'_, PyString>, read: Read<T>) -> Read<T> {
    read.map_err(|error| error.within(name.to_string_lossy().as_ref()))
}

/// A text; a lone surrogate becomes U+FFFD.
pub fn string(value: &Bound<'_, PyAny>) -> Read<String> {
    match value.cast::<PyString>() {
        Ok(text) => Ok(text_of(text)?.into_owned()),
        Err(_) => Err(ReadError::expected("a string", value)),
    }
}

/// A flag.
pub fn flag(value: &Bound<'_, PyAny>) -> Read<bool> {
    value
        .extract()
        .map_err(|_| ReadError::expected("a bool", value))
}
