//! The turns of a conversation, and in which order they may go.

use std::collections::{HashMap, VecDeque};

use super::Keep;
use crate::chat::{Message, Role};

/// Which messages go together, and when.
pub(super) struct Turns {
    /// For each message, which of the turns that may go it belongs to, oldest first; `None` if it stays.
    pub(super) order_of_message: Vec<Option<usize>>,
    /// How many turns may go.
    pub(super) droppable: usize,
    /// The index of the first message of the last turn.
    pub(super) last_start: usize,
}

impl Turns {
    pub(super) fn of(messages: &[&Message], keep: &Keep) -> Self {
        let turn_of_message = turns(messages);
        let count = turn_of_message
            .iter()
            .flatten()
            .max()
            .map_or(0, |last| last + 1);
        let group_of_turn = groups(messages, &turn_of_message, count);

        // Groups that must stay: those of the last turns, and those of messages that the caller asked for.
        let mut stays = vec![false; group_of_turn.last().map_or(0, |last| last + 1)];
        let last_turns = count.saturating_sub(keep.turns.max(1))..count;
        let asked_for = keep
            .messages
            .iter()
            .filter_map(|&index| *turn_of_message.get(index)?);
        for turn in last_turns.chain(asked_for) {
            stays[group_of_turn[turn]] = true;
        }

        let mut droppable = 0;
        let order_of_group: Vec<Option<usize>> = stays
            .into_iter()
            .map(|stays| {
                let order = (!stays).then_some(droppable);
                droppable += usize::from(!stays);
                order
            })
            .collect();
        let last = count.checked_sub(1);
        Self {
            last_start: turn_of_message
                .iter()
                .position(|turn| *turn == last && last.is_some())
                .unwrap_or(0),
            order_of_message: turn_of_message
                .into_iter()
                .map(|turn| order_of_group[group_of_turn[turn?]])
                .collect(),
            droppable,
        }
    }
}

/// The turn of each message; `None` for system and developer messages, which belong to none.
///
/// A turn begins with a message of the user after one of somebody else. What comes before the first is a turn, too.
fn turns(messages: &[&Message]) -> Vec<Option<usize>> {
    let mut turn: Option<usize> = None;
    let mut after_user = false;
    let mut of_message = |message: &&Message| {
        let role = message.author.role;
        if matches!(role, Role::System | Role::Developer) {
            return None;
        }
        let is_user = role == Role::User;
        turn = match turn {
            None => Some(0),
            Some(turn) if is_user && !after_user => Some(turn + 1),
            same => same,
        };
        after_user = is_user;
        turn
    };
    messages.iter().map(&mut of_message).collect()
}

/// The group of each turn: turns that go together because a call in one has its result in the other.
fn groups(messages: &[&Message], turn_of_message: &[Option<usize>], count: usize) -> Vec<usize> {
    // How many calls are open where a turn begins, as differences from turn to turn.
    let mut opened = vec![0_isize; count + 1];
    let mut calls: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (message, turn) in messages.iter().zip(turn_of_message) {
        let (Some(turn), author) = (*turn, &message.author) else {
            continue;
        };
        match (author.role, &message.recipient, &author.name) {
            (Role::Assistant, Some(tool), _) => calls.entry(tool).or_default().push_back(turn),
            (Role::Tool, _, Some(tool)) => {
                let call = calls.get_mut(tool.as_str()).and_then(VecDeque::pop_front);
                if let Some(called) = call {
                    opened[called + 1] += 1;
                    opened[turn + 1] -= 1;
                }
            }
            _ => {}
        }
    }
    let (mut open, mut group) = (0, 0);
    (0..count)
        .map(|turn| {
            open += opened[turn];
            group += usize::from(turn > 0 && open == 0);
            group
        })
        .collect()
}
