//! The harmony response format of gpt-oss models: conversations to tokens and tokens to messages.

pub mod chat;
mod encoding;
pub mod error;
#[cfg(feature = "python-binding")]
mod python;
mod registry;
pub mod tokenizer;

pub use encoding::render;
pub use encoding::render::{RenderConversationConfig, RenderOptions};
pub use encoding::special::FormattingToken;
pub use encoding::{
    builtin_tool, plain_content_type, ChannelUsage, Ending, FinishReason, HarmonyEncoding, Header,
    ParseOptions, Parsed, ParsedMessage, Ranges, Recipient, Repair, RepairKind, StreamEvent,
    StreamState, StreamableParser, BUILTIN_TOOLS,
};
pub use error::HarmonyError;
pub use registry::{load_harmony_encoding, HarmonyEncodingName};
