//! What an answer is made of.

use serde::{Deserialize, Serialize};

use super::logprob::TokenLogprob;
use crate::named::named_enum;

/// One part of an answer: a thought, a message, a call.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(in crate::api) struct Item {
    pub kind: ItemKind,
    /// The text so far: reasoning, content, arguments, the input of a custom tool, or code.
    pub text: String,
    pub status: Status,
    /// One entry for each token of a message's text, if they were asked for.
    pub logprobs: Vec<TokenLogprob>,
}

/// What an item is: the rows of the table in `docs/api.md`.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub(in crate::api) enum ItemKind {
    Reasoning,
    Message(Phase),
    /// A call that the client runs.
    Call {
        form: CallForm,
        name: String,
    },
    /// A call that the server runs.
    HostedCall(HostedTool),
}

named_enum! {
    "form of call",
    /// How a call is reported.
    pub enum CallForm {
        /// With arguments in JSON.
        Function = "function",
        /// With free text.
        Custom = "custom",
    }
}

/// A tool that the server runs while the response is in progress.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub(in crate::api) enum HostedTool {
    CodeInterpreter,
    WebSearch {
        /// `search`, `open` or `find`.
        function: Option<String>,
    },
    Mcp {
        server_label: String,
        name: String,
    },
}

/// Whether a message is the answer or was written on the way to it.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum Phase {
    /// A preamble: shown to the user, but not the answer.
    Commentary,
    FinalAnswer,
}

impl Phase {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Commentary => "commentary",
            Self::FinalAnswer => "final_answer",
        }
    }
}

/// How far an item has come.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum Status {
    InProgress,
    Completed,
    /// Cut off, or a call of a hosted tool that nobody ran.
    Incomplete,
    /// A hosted tool that failed.
    Failed,
}

impl Status {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
        }
    }
}

impl Item {
    pub fn new(kind: ItemKind) -> Self {
        Self {
            kind,
            text: String::new(),
            status: Status::InProgress,
            logprobs: Vec::new(),
        }
    }

    pub fn is_call(&self) -> bool {
        matches!(self.kind, ItemKind::Call { .. })
    }
}

impl ItemKind {
    /// Whether the item exists from its header on. The others exist from their first character on, so that an empty
    /// thought or preamble leaves no trace.
    pub fn opens_at_header(&self) -> bool {
        match self {
            Self::Reasoning | Self::Message(Phase::Commentary) => false,
            Self::Message(Phase::FinalAnswer) | Self::Call { .. } | Self::HostedCall(_) => true,
        }
    }
}
