//! What a stream has become so far.

use serde::{Deserialize, Serialize};

use crate::chat::Message;
use crate::encoding::parse::event::Ending;
use crate::encoding::parse::place::Ranges;
use crate::encoding::repair::Repair;

/// The complete messages and the repairs of a stream.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Record {
    pub messages: Vec<Message>,
    /// The place of each message.
    pub places: Vec<Place>,
    pub repairs: Vec<Repair>,
    /// The index of the first message in `messages`; above 0 once messages were taken.
    pub taken: usize,
    /// The first position that is still on record; above 0 once messages were taken.
    pub start: usize,
}

/// Where a message is in the stream.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Place {
    pub header: Ranges,
    pub content: Ranges,
    pub ending: Ending,
}

impl Record {
    /// The index of the message that is open or comes next.
    pub fn next_index(&self) -> usize {
        self.taken + self.messages.len()
    }

    /// Takes the messages, and drops everything about the stream before the position `start`.
    pub fn take_messages(&mut self, start: usize) -> Vec<Message> {
        // What is open may be long: its repairs are looked at only if there is anything to drop before them.
        if start > self.start {
            self.start = start;
            self.repairs.retain(|repair| repair.tokens.start >= start);
            self.repairs.shrink_to(2 * self.repairs.len());
        }
        self.taken += self.messages.len();
        self.places = Vec::new();
        std::mem::take(&mut self.messages)
    }
}
