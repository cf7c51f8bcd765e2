//! The two HTTP APIs of OpenAI and harmony, without I/O: requests in, sampled tokens out.
//!
//! ```text
//! body bytes -> request -> conversation -> tokens                                   once per request
//! tokens -> events -> Turn -> ChatWriter | ResponsesWriter -> objects, chunks, SSE  once per step
//! ```
//!
//! A request becomes a job: the tokens to sample from, the [`Constraint`] to sample under, and the [`Plan`] for the
//! answer. Nothing here opens a socket, reads a clock or draws random numbers: a [`Host`] does.

mod chat;
mod constraint;
mod error;
mod host;
mod options;
mod plan;
mod responses;

pub use chat::ChatJob;
pub use constraint::{CallRule, Constraint, FinalForm};
pub use error::{BadRequest, BadRequestCode};
pub use host::{open_envelope, plain_envelope, Host};
pub use options::{
    DatePolicy, EffortTarget, ForcePolicy, Options, ToolsWhenNone, UnknownParameters,
};
pub use plan::{
    ChatPlan, CodeInterpreter, FunctionKind, Include, OfferedTools, Plan, ReasoningField,
    ResponsesPlan, ToolChoice,
};
pub use responses::{ResponsesJob, StoredResponse};
