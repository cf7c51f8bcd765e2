//! Grammars of model output: what they allow, and what they refuse.

mod allowed;
mod limits;
#[cfg(feature = "llguidance")]
mod masks;
mod request;
