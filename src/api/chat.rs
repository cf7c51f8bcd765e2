//! The Chat Completions API.

mod choice;
mod chunk;
mod job;
mod sse;
mod stream;
mod usage;

pub use chunk::{ChatFinishReason, ChoiceDelta, Chunk, ChunkBody, ChunkSink, Delta, Envelope};
pub use job::ChatJob;
pub use sse::ChatSse;
pub use stream::{ChatState, ChatStream};
pub use usage::{ChatUsage, CompletionTokensDetails, PromptTokensDetails};
