//! Grammars of model output: what they allow, and what they refuse.

mod allowed;
#[cfg(feature = "llguidance")]
mod masks;
mod request;
