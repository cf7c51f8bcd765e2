//! JSON Schema to TypeScript types, the form in which harmony shows tools to a model.

mod compatible;
mod faithful;
mod json;
mod schema;
mod template;
pub(crate) use compatible::write_compatible;
pub(crate) use faithful::{lines, write_faithful, Names};
pub(crate) use json::{plain_json, MAX_DEPTH};
pub(crate) use template::write_template;

#[cfg(test)]
mod tests;
