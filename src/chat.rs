//! The data model of a conversation: who says what, to whom, on which channel, with which tools.
//!
//! The types are plain data with public fields; builders take `self` by value. Their JSON is the one of
//! release 0.0.8, so stored conversations can be read and written by either.
//!
//! ```
//! use openai_harmony::chat::{Conversation, Message, Role, SystemContent};
//!
//! let conversation = Conversation::from_messages([
//!     Message::from_role_and_content(Role::System, SystemContent::new()),
//!     Message::from_role_and_content(Role::User, "What is 2 + 2?"),
//! ]);
//! let json = serde_json::to_string(&conversation)?;
//! assert_eq!(serde_json::from_str::<Conversation>(&json)?, conversation);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod author;
mod content;
mod message;
mod system;
mod tool;

pub use author::{Author, Role};
pub use content::{Content, DeveloperContent, TextContent};
pub use message::{Conversation, Message};
pub use system::{ChannelConfig, ReasoningEffort, SystemContent};
pub use tool::{ToolDescription, ToolNamespaceConfig};
