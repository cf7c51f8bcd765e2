//! JSON Schema to TypeScript types, the form in which harmony shows tools to a model.

mod compatible;
mod faithful;
mod json;
mod schema_error;
#[cfg(test)]
mod tests;

pub(crate) use compatible::write_compatible;
pub(crate) use faithful::{lines, write_faithful};
pub use schema_error::{SchemaError, SchemaProblem};
