//! JSON Schema to TypeScript types, the form in which harmony shows tools to a model.

mod compatible;
mod json;
#[cfg(test)]
mod tests;

pub(crate) use compatible::write_compatible;
