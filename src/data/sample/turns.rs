//! The turns of a conversation.

use std::ops::Range;

use crate::chat::{Message, Role};
pub(super) use crate::encoding::render::is_thought;
use crate::encoding::render::{ends_turn, offers_functions};

/// One turn of the assistant, or several that share a sample. All numbers are indices of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// The messages of all turns of the sample. What comes before them is only context.
    pub(super) learned: Range<usize>,
    /// The messages of the last turn.
    pub(super) last: Range<usize>,
    /// The last messages of the other turns.
    pub(super) earlier_ends: Vec<usize>,
}

/// The turns in which the assistant says anything: each is everything after the turn before, up to the final message.
pub(super) fn turns(messages: &[Message]) -> Vec<Turn> {
    let mut turns = Vec::new();
    let mut start = 0;
    let mut speaks = false;
    for (index, message) in messages.iter().enumerate() {
        let end = index + 1;
        speaks |= message.author.role == Role::Assistant;
        if speaks && (ends_turn(message) || end == messages.len()) {
            turns.push(Turn {
                learned: start..end,
                last: start..end,
                earlier_ends: Vec::new(),
            });
            (start, speaks) = (end, false);
        }
    }
    turns
}

/// The turns, those joined that can share a sample: where the model saw, after a turn, all of that turn as it was written.
///
/// It does not if the turn has thoughts, which are left out once it has ended, or if the next turn brings the first function,
/// which the system message then mentions.
pub(super) fn shared_turns(messages: &[Message], turns: Vec<Turn>) -> Vec<Turn> {
    let mut shared: Vec<Turn> = Vec::new();
    let first_functions = messages.iter().position(offers_functions);
    for turn in turns {
        let brings_functions = || first_functions.is_some_and(|first| turn.last.contains(&first));
        match shared.last_mut() {
            Some(before)
                if !messages[before.last.clone()].iter().any(is_thought) && !brings_functions() =>
            {
                before.earlier_ends.push(before.last.end - 1);
                before.learned.end = turn.last.end;
                before.last = turn.last;
            }
            _ => shared.push(turn),
        }
    }
    shared
}
