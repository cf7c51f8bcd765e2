//! JSON Schemas of bodies: made explicit for all engines, and compiled to rules for those that know no schemas.

mod class;
mod compile;
mod guarded;
mod normalize;
mod pointer;
mod references;

pub(super) use class::Class;
pub(super) use compile::{compile, Json, JsonRules};
pub(super) use guarded::guarded;
pub(super) use normalize::{normalize, Root};
