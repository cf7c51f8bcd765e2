//! Objects of the package, made from values of the crate field by field: the counterpart of `read`.

mod instances;
mod messages;
mod results;

pub use messages::{message, messages};
pub use results::{list, result};
