//! Which messages of a conversation are rendered.

use super::format::AnalysisPolicy;
use crate::chat::{Message, Role};

/// Decides, message by message, which of the messages so far are left out.
///
/// All policies have one form: what is analysis *and* comes before a horizon is left out. Only the horizon moves
/// when a message comes, so appending one costs the same however long the conversation is.
#[derive(Clone, Debug)]
pub(crate) struct Retention {
    policy: AnalysisPolicy,
    completion_follows: bool,
    count: usize,
    first_final: Option<usize>,
    last_turn_end: Option<usize>,
    last_assistant_is_final: bool,
    /// Where the run of analysis messages began that ends at the last message.
    analysis_run: Option<usize>,
    /// Where the run of analysis messages before the last turn's end began.
    run_before_turn_end: Option<usize>,
}

impl Retention {
    pub(crate) fn new(policy: AnalysisPolicy, completion_follows: bool) -> Self {
        Self {
            policy,
            completion_follows,
            count: 0,
            first_final: None,
            last_turn_end: None,
            last_assistant_is_final: false,
            analysis_run: None,
            run_before_turn_end: None,
        }
    }

    /// The decisions for a whole conversation.
    pub(crate) fn of(
        policy: AnalysisPolicy,
        completion_follows: bool,
        messages: &[&Message],
    ) -> Self {
        let mut retention = Self::new(policy, completion_follows);
        if policy != AnalysisPolicy::KeepAll {
            messages.iter().for_each(|message| retention.push(message));
        }
        retention
    }

    /// The decisions for other messages under the same policy.
    pub(crate) fn restarted<'a>(&self, messages: impl Iterator<Item = &'a Message>) -> Self {
        let mut retention = Self::new(self.policy, self.completion_follows);
        messages.for_each(|message| retention.push(message));
        retention
    }

    /// Records the next message.
    pub(crate) fn push(&mut self, message: &Message) {
        let index = self.count;
        self.count += 1;
        let is_final = message.channel.as_deref() == Some("final");
        if is_final {
            self.first_final.get_or_insert(index);
        }
        if message.author.role == Role::Assistant {
            self.last_assistant_is_final = is_final;
        }
        if ends_turn(message) {
            self.last_turn_end = Some(index);
            self.run_before_turn_end = self.analysis_run;
        }
        self.analysis_run = is_thought(message).then(|| self.analysis_run.unwrap_or(index));
    }

    /// The index before which analysis is left out; 0 if nothing is.
    pub(crate) fn horizon(&self) -> usize {
        match self.policy {
            AnalysisPolicy::KeepAll => 0,
            AnalysisPolicy::AutoDrop if self.last_assistant_is_final => {
                self.first_final.unwrap_or(0)
            }
            AnalysisPolicy::AutoDrop => 0,
            AnalysisPolicy::CompletedTurns => self.last_turn_end.unwrap_or(0),
            AnalysisPolicy::ChatTemplate => self.template_horizon(),
        }
    }

    fn template_horizon(&self) -> usize {
        let Some(turn_end) = self.last_turn_end else {
            return 0;
        };
        let is_last = turn_end + 1 == self.count;
        match self.run_before_turn_end {
            Some(run) if is_last && !self.completion_follows => run,
            _ => turn_end,
        }
    }

    /// Whether the message at `index` is left out.
    pub(crate) fn drops(&self, index: usize, message: &Message) -> bool {
        index < self.horizon() && self.is_droppable(message)
    }

    /// Whether the message is left out once the horizon is after it.
    pub(crate) fn is_droppable(&self, message: &Message) -> bool {
        match self.policy {
            AnalysisPolicy::AutoDrop => message.channel.as_deref() == Some("analysis"),
            _ => is_thought(message),
        }
    }
}

/// Whether the message is the model's thinking and nothing else: a call on the analysis channel is not.
pub(crate) fn is_thought(message: &Message) -> bool {
    message.author.role == Role::Assistant
        && message.channel.as_deref() == Some("analysis")
        && addresses_everyone(message)
}

/// Whether the message is the answer that ends a turn of the assistant.
pub(crate) fn ends_turn(message: &Message) -> bool {
    message.author.role == Role::Assistant
        && message.channel.as_deref() == Some("final")
        && addresses_everyone(message)
}

fn addresses_everyone(message: &Message) -> bool {
    matches!(message.recipient.as_deref(), None | Some("all"))
}
