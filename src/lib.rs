//! The harmony response format of gpt-oss models: conversations to tokens and tokens to messages, offline and exact.
//!
//! ```
//! use openai_harmony::chat::{Message, Role};
//! use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};
//!
//! let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
//!
//! // A prompt for the model …
//! let conversation = [Message::from_role_and_content(Role::User, "What is 2 + 2?")];
//! let prompt = encoding.render_conversation_for_completion(&conversation, Role::Assistant, None)?;
//! assert_eq!(
//!     encoding.tokenizer().decode_utf8(&prompt)?,
//!     "<|start|>user<|message|>What is 2 + 2?<|end|><|start|>assistant",
//! );
//!
//! // … and what it answers.
//! let sampled = encoding
//!     .tokenizer()
//!     .encode_with_special_tokens("<|channel|>final<|message|>4.<|return|>");
//! let messages = encoding.parse_messages_from_completion_tokens(sampled, Some(Role::Assistant))?;
//! assert_eq!(messages[0].channel.as_deref(), Some("final"));
//! # Ok::<(), openai_harmony::HarmonyError>(())
//! ```
//!
//! | to | see |
//! |---|---|
//! | build conversations | [`chat`] |
//! | render them | [`HarmonyEncoding`], with options in [`render`] |
//! | parse tokens, strictly or leniently | [`HarmonyEncoding::parse`], [`StreamableParser`] |
//! | encode and decode text | [`tokenizer`] |
//! | prepare data sets | [`data`] |
//! | handle failures | [`HarmonyError`], [`error`] |

#![cfg_attr(docsrs, feature(doc_cfg))] // docs.rs names the feature that an item needs.
#![deny(missing_docs)]

pub mod api;
pub mod chat;
pub mod data;
mod encoding;
pub mod error;
pub mod grammar;
mod named;
mod parallel;
mod registry;
pub mod tokenizer;

pub use encoding::render;
pub use encoding::render::{RenderConversationConfig, RenderOptions};
pub use encoding::special::FormattingToken;
pub use encoding::{
    builtin_tool, plain_content_type, ChannelUsage, ContentDelta, Ending, EventSink, FinishReason,
    HarmonyEncoding, Header, ParseOptions, Parsed, ParsedMessage, Ranges, Recipient, Repair,
    RepairKind, StreamEvent, StreamState, StreamableParser, TokenRanges, BUILTIN_TOOLS,
};
pub use error::HarmonyError;
pub use registry::{
    encoding_named, load_checked, load_harmony_encoding, register_encoding, vocabulary_folder,
    HarmonyEncodingName,
};

/// The Rust snippets of these pages are tests.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[doc = include_str!("../docs/rust.md")]
    struct Rust;
    #[doc = include_str!("../docs/agents.md")]
    struct Agents;
    #[doc = include_str!("../docs/api.md")]
    struct Api;
    #[doc = include_str!("../docs/training.md")]
    struct Training;
    #[cfg(feature = "llguidance")]
    #[doc = include_str!("../docs/constrained.md")]
    struct Constrained;
}
