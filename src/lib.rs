//! The harmony response format of gpt-oss models: conversations to tokens and tokens to messages.

pub mod chat;
mod encoding;
pub mod error;
mod registry;
pub mod tokenizer;

pub use encoding::render;
pub use encoding::render::{RenderConversationConfig, RenderOptions};
pub use encoding::HarmonyEncoding;
pub use error::HarmonyError;
pub use registry::{load_harmony_encoding, HarmonyEncodingName};
