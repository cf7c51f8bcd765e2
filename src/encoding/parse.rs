//! Tokens to messages.
//!
//! Tokens (or text) go through one state machine, [`stream`], which reads headers with `header` and tells what happens
//! as [`event`]s. Messages, places and repairs all come from there.

pub(crate) mod event;
pub(crate) mod parsed;
pub(crate) mod place;
pub(crate) mod recipient;
pub(crate) mod repair;
pub(crate) mod stream;
pub(crate) mod utf8;

pub use event::{Ending, StreamEvent};
pub use parsed::{ChannelUsage, FinishReason, Parsed, ParsedMessage};
pub use place::Ranges;
pub use recipient::{plain_content_type, Recipient};
pub use repair::{Repair, RepairKind};
pub use stream::{ParseOptions, StreamState, StreamableParser};
