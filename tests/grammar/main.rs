//! Grammars of model output: what they allow, and what they refuse.

#[path = "../cases/mod.rs"]
mod cases;

mod allowed;
mod request;
