//! The Responses API.

mod action;
mod event;
mod item;
mod job;
mod sse;
mod stored;
mod stream;
mod tool;
mod writer;

pub use event::{EventBody, ResponseEvent, ResponseEventSink, TextDelta, TextKind};
pub use job::ResponsesJob;
pub use sse::ResponseSse;
pub use stored::StoredResponse;
pub use stream::{ResponsesState, ResponsesStream};
pub use tool::{BuiltinCall, ToolContent, ToolOutput};
