//! The model classes of the package, looked up once.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// A model class whose objects are read from their fields.
pub struct Model {
    class: Py<PyType>,
    /// Its `to_dict`, if that gives the fields and nothing else: a subclass that keeps it is read from its fields, too.
    to_dict: Option<Py<PyAny>>,
}

impl Model {
    /// Whether the object is of this very class.
    pub fn is_class_of(&self, value: &Bound<'_, PyAny>) -> bool {
        value.get_type_ptr().cast() == self.class.as_ptr()
    }

    /// Whether the fields of the object say all that its `to_dict` would.
    pub fn reads(&self, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        if self.is_class_of(value) {
            return Ok(true);
        }
        let py = value.py();
        if !value.is_instance(self.class.bind(py))? {
            return Ok(false);
        }
        let name = intern!(py, "to_dict");
        Ok(match value.get_type().getattr_opt(name)? {
            Some(method) => self.to_dict.as_ref().is_some_and(|own| own.is(&method)),
            None => true,
        })
    }

    /// The name of the class with its article, for errors.
    pub fn described(&self, py: Python<'_>) -> String {
        let class = self.class.bind(py);
        let name = class
            .name()
            .map_or_else(|_| "Model".to_owned(), |name| name.to_string());
        let article = if name.starts_with('A') { "an" } else { "a" };
        format!("{article} {name}")
    }
}

pub struct Models {
    pub conversation: Model,
    pub message: Model,
    pub author: Model,
    pub text: Model,
    pub system: Model,
    pub developer: Model,
    pub channel_config: Model,
    pub namespace: Model,
    pub tool: Model,
}

/// The models of `openai_harmony.chat`.
pub fn models(py: Python<'_>) -> PyResult<&'static Models> {
    static MODELS: PyOnceLock<Models> = PyOnceLock::new();
    MODELS.get_or_try_init(py, || {
        let chat = py.import("openai_harmony.chat")?;
        let class = |name: &str| -> PyResult<Model> {
            let class = chat.getattr(name)?.cast_into::<PyType>()?.unbind();
            let to_dict = None;
            Ok(Model { class, to_dict })
        };
        let written_out = |name: &str| -> PyResult<Model> {
            let model = class(name)?;
            let to_dict = model.class.getattr(py, intern!(py, "to_dict"))?;
            Ok(Model {
                to_dict: Some(to_dict),
                ..model
            })
        };
        Ok(Models {
            conversation: written_out("Conversation")?,
            message: written_out("Message")?,
            author: class("Author")?,
            text: written_out("TextContent")?,
            system: class("SystemContent")?,
            developer: class("DeveloperContent")?,
            channel_config: class("ChannelConfig")?,
            namespace: class("ToolNamespaceConfig")?,
            tool: class("ToolDescription")?,
        })
    })
}
