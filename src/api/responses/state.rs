//! What is known of a response while it is sampled, and the object that shows it.

use serde::{Deserialize, Serialize};
use serde_json::{json, Value};

use super::item::{object, Context};
use super::writer::Sent;
use crate::api::turn::{Status, Turn};
use crate::api::{Plan, ResponsesPlan};
use crate::render::Transcript;

/// Everything about a [`ResponsesStream`](super::ResponsesStream) but its host, so that it can be stored and resumed.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct ResponsesState {
    pub(super) id: String,
    pub(super) created_at: u64,
    pub(super) plan: Plan,
    pub(super) responses: ResponsesPlan,
    /// The conversation up to the last prompt, which is open.
    pub(super) transcript: Transcript,
    pub(super) turn: Turn,
    pub(super) sent: Sent,
    pub(super) started: bool,
    pub(super) outcome: Option<Outcome>,
    /// The tokens of all prompts.
    pub(super) input_tokens: usize,
    pub(super) cached_tokens: usize,
}

/// How a response ended.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(super) struct Outcome {
    pub(super) status: ResponseStatus,
    pub(super) at: u64,
    /// `incomplete_details.reason`
    pub(super) reason: Option<String>,
    pub(super) error: Option<Value>,
}

#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResponseStatus {
    Completed,
    Incomplete,
    Failed,
    Cancelled,
}

impl ResponseStatus {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The event that ends the stream; none for a response that the client gave up.
    pub(super) const fn event(self) -> Option<&'static str> {
        match self {
            Self::Completed => Some("response.completed"),
            Self::Incomplete => Some("response.incomplete"),
            Self::Failed => Some("response.failed"),
            Self::Cancelled => None,
        }
    }
}

impl ResponsesState {
    /// The object `response` so far.
    pub(super) fn response(&self) -> Value {
        let outcome = self.outcome.as_ref();
        let status = outcome.map_or("in_progress", |outcome| outcome.status.as_str());
        let completed = outcome.filter(|outcome| outcome.status == ResponseStatus::Completed);
        let reason = outcome.and_then(|outcome| outcome.reason.as_deref());
        let mut response = json!({
            "id": self.id,
            "object": "response",
            "created_at": self.created_at,
            "status": status,
            "completed_at": completed.map(|outcome| outcome.at),
            "error": outcome.and_then(|outcome| outcome.error.as_ref()),
            "incomplete_details": reason.map(|reason| json!({"reason": reason})),
        });
        if let Value::Object(fields) = &mut response {
            fields.extend(self.responses.echo.clone());
            fields.insert("output".into(), self.output().into());
            fields.insert(
                "usage".into(),
                outcome.map_or(Value::Null, |_| self.usage()),
            );
        }
        response
    }

    /// The items that the client has been sent.
    pub(super) fn output(&self) -> Vec<Value> {
        let context = Context {
            plan: &self.plan,
            include: self.responses.include,
            tokenizer: self.transcript.encoding().tokenizer(),
        };
        let pending = self.sent.pending.as_ref().map(|pending| pending.index);
        let items = self.turn.items().zip(&self.sent.issued).enumerate();
        items
            .filter(|(_, (_, issued))| issued.added)
            .map(|(index, (item, issued))| {
                let status = match &issued.run {
                    Some(run) => run.status,
                    None if pending == Some(index) => Status::InProgress,
                    None => item.status,
                };
                object(item, issued, status, context)
            })
            .collect()
    }

    fn usage(&self) -> Value {
        let output_tokens = self.turn.completion_tokens();
        json!({
            "input_tokens": self.input_tokens,
            "input_tokens_details": {"cached_tokens": self.cached_tokens, "cache_write_tokens": 0},
            "output_tokens": output_tokens,
            "output_tokens_details": {"reasoning_tokens": self.turn.reasoning_tokens()},
            "total_tokens": self.input_tokens.saturating_add(output_tokens),
        })
    }
}
