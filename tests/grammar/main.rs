//! Grammars of model output: what they allow, and what they refuse.

#[path = "../cases/mod.rs"]
mod cases;

mod allowed;
#[cfg(feature = "llguidance")]
mod masks;
mod request;
