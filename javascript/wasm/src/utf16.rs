//! Positions in text: the library counts characters, JavaScript UTF-16 code units.

use std::ops::Range;

use openai_harmony::{Parsed, Repair, StreamEvent};
use serde::{Deserialize, Serialize};

/// What is needed to convert positions in a text that arrives in chunks.
#[derive(Serialize, Deserialize, Clone, Default)]
pub struct Utf16 {
    /// How many characters came.
    characters: usize,
    /// The positions of those that take two code units.
    wide: Vec<usize>,
    /// How many of these were dropped, because their positions are no longer asked for.
    dropped: usize,
}

impl Utf16 {
    /// Takes note of a chunk, before anything in it is converted.
    pub fn note(&mut self, chunk: &str) {
        // Only characters of four bytes take two code units.
        if chunk.bytes().all(|byte| byte < 0xF0) {
            self.characters += chunk.chars().count();
            return;
        }
        for character in chunk.chars() {
            if character.len_utf16() == 2 {
                self.wide.push(self.characters);
            }
            self.characters += 1;
        }
    }

    /// Forgets the text from `position` on, which was not processed.
    pub fn truncate(&mut self, position: usize) {
        self.characters = position;
        self.wide.truncate(self.wide_before(position));
    }

    /// Forgets what is only needed for positions before `position`.
    pub fn drop_before(&mut self, position: usize) {
        let count = self.wide_before(position);
        self.wide.drain(..count);
        self.dropped += count;
    }

    fn wide_before(&self, position: usize) -> usize {
        self.wide.partition_point(|wide| *wide < position)
    }

    /// The number of code units before a character.
    pub fn position(&self, position: usize) -> usize {
        position + self.dropped + self.wide_before(position)
    }

    fn range(&self, range: &mut Range<usize>) {
        *range = self.position(range.start)..self.position(range.end);
    }

    /// Converts the positions of a repair.
    pub fn repair(&self, repair: &mut Repair) {
        self.range(&mut repair.tokens);
    }

    /// Converts the positions of an event.
    pub fn event(&self, event: &mut StreamEvent) {
        if let StreamEvent::Repaired(repair) = event {
            self.repair(repair);
        }
    }

    /// Converts the positions of a result.
    pub fn parsed(&self, parsed: &mut Parsed) {
        let messages = parsed.messages.iter_mut();
        let ranges =
            messages.flat_map(|message| message.header.iter_mut().chain(&mut message.content));
        for range in ranges.chain(&mut parsed.open_header) {
            self.range(range);
        }
        for repair in &mut parsed.repairs {
            self.repair(repair);
        }
        parsed.start = self.position(parsed.start);
        parsed.length = self.position(parsed.length);
    }
}
