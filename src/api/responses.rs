//! The Responses API.

mod job;
mod stored;

pub use job::ResponsesJob;
pub use stored::StoredResponse;
