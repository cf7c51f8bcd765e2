//! The Responses API.

mod action;
mod continuation;
mod echo;
mod event;
mod item;
mod items;
mod plan;
mod request;
mod sse;
mod state;
mod stored;
mod stream;
mod tool;
mod writer;

pub use event::{EventBody, ResponseEvent, ResponseEventSink, TextDelta, TextKind};
pub use request::Responses;
pub use sse::ResponseSse;
pub use state::ResponsesState;
pub use stored::{NoStore, ResponseStore, StoredResponse};
pub use stream::ResponsesStream;
pub use tool::{BuiltinCall, ToolContent, ToolOutput};
