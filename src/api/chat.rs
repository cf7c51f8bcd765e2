//! The Chat Completions API.

mod choice;
mod chunk;
mod sse;
mod state;
mod stream;
mod usage;

pub use chunk::{ChatFinishReason, ChoiceDelta, Chunk, ChunkBody, ChunkSink, Delta, Envelope};
pub use sse::ChatSse;
pub use state::ChatState;
pub use stream::ChatStream;
pub use usage::{ChatUsage, CompletionTokensDetails, PromptTokensDetails};
mod conversation;
mod history;
mod inverse;
mod plan;
mod request;

pub use conversation::conversation_from_chat;
pub(crate) use conversation::conversation_with_origins;
pub use inverse::chat_from_conversation;
pub use request::ChatCompletions;
