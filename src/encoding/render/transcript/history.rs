//! The messages of a transcript and the tokens of those that are kept.

use std::sync::Arc;

use super::entry::Entry;
use crate::chat::Message;
use crate::encoding::render::context::holds_response_formats;
use crate::encoding::render::format::AnalysisPolicy;
use crate::encoding::render::policy::Retention;

/// Messages with their tokens, and all their tokens concatenated.
#[derive(Clone)]
pub(super) struct History {
    entries: Vec<Arc<Entry>>,
    retention: Retention,
    /// Where each entry's tokens begin, or would begin if it were kept.
    starts: Vec<usize>,
    /// The tokens of the kept entries, followed by those of a message that is only started.
    tokens: Vec<u32>,
    /// How many of `tokens` are those of entries.
    length: usize,
    /// Whether any of the messages holds the response formats.
    holds_response_formats: bool,
}

impl History {
    pub(super) fn new(policy: AnalysisPolicy) -> Self {
        Self {
            entries: Vec::new(),
            retention: Retention::new(policy, true),
            starts: Vec::new(),
            tokens: Vec::new(),
            length: 0,
            holds_response_formats: false,
        }
    }

    pub(super) fn holds_response_formats(&self) -> bool {
        self.holds_response_formats
    }

    pub(super) fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    pub(super) fn messages(&self) -> impl ExactSizeIterator<Item = &Message> + DoubleEndedIterator {
        self.entries.iter().map(|entry| &entry.message)
    }

    /// The entries that have tokens: index, where they begin, the entry.
    pub(super) fn kept(&self) -> impl Iterator<Item = (usize, usize, &Entry)> {
        self.entries
            .iter()
            .zip(&self.starts)
            .enumerate()
            .filter(|(index, (entry, _))| !self.retention.drops(*index, &entry.message))
            .map(|(index, (entry, start))| (index, *start, &**entry))
    }

    /// The tokens of the entries.
    pub(super) fn tokens(&self) -> &[u32] {
        self.tokens.get(..self.length).unwrap_or_default()
    }

    /// The tokens of the message that is only started.
    pub(super) fn opening(&self) -> &[u32] {
        self.tokens.get(self.length..).unwrap_or_default()
    }

    pub(super) fn tokens_and_opening(&self) -> &[u32] {
        &self.tokens
    }

    /// Starts a message after the entries, in place of one that was started before.
    pub(super) fn begin(&mut self, opening: &[u32]) {
        self.tokens.truncate(self.length);
        self.tokens.extend_from_slice(opening);
    }

    /// Takes entries in, and in the place of others corrected ones; a started message is discarded.
    ///
    /// Returns where the tokens cease to be those from before followed by the new ones, if they do.
    pub(super) fn commit(
        &mut self,
        entries: Vec<Entry>,
        corrections: Vec<(usize, Entry)>,
    ) -> Option<usize> {
        let first_new = self.entries.len();
        let mut first_changed = first_new;
        for (index, entry) in corrections {
            first_changed = first_changed.min(index);
            self.entries[index] = Arc::new(entry);
        }
        let before = self.retention.horizon();
        for entry in entries {
            self.retention.push(&entry.message);
            self.holds_response_formats |= holds_response_formats(&entry.message);
            self.entries.push(Arc::new(entry));
        }
        let after = self.retention.horizon();
        // Only what the horizon has passed can have changed between kept and left out.
        let mut passed = before.min(after)..before.max(after).min(first_new);
        let reconsidered =
            passed.find(|&index| self.retention.is_droppable(&self.entries[index].message));
        self.write_from(first_changed.min(reconsidered.unwrap_or(first_changed)))
    }

    /// Puts other entries in the place of all; a started message is discarded. Returns as `commit` does.
    pub(super) fn replace_all(&mut self, entries: Vec<Arc<Entry>>) -> Option<usize> {
        let retention = self
            .retention
            .restarted(entries.iter().map(|entry| &entry.message));
        let old = std::mem::replace(&mut self.entries, entries);
        let mut messages = self.entries.iter().map(|entry| &entry.message);
        self.holds_response_formats = messages.any(holds_response_formats);
        let old_retention = std::mem::replace(&mut self.retention, retention);
        let is_same = |(index, (old, new)): (usize, (&Arc<Entry>, &Arc<Entry>))| {
            let dropped = old_retention.drops(index, &old.message);
            Arc::ptr_eq(old, new) && dropped == self.retention.drops(index, &new.message)
        };
        let pairs = old.iter().zip(&self.entries).enumerate();
        let first_changed = pairs.take_while(|pair| is_same(*pair)).count();
        self.write_from(first_changed)
    }

    /// Writes the tokens of the entries from `first` on; returns as `commit` does.
    fn write_from(&mut self, first: usize) -> Option<usize> {
        let rewritten = self.starts.get(first).copied();
        self.starts.truncate(first);
        self.tokens.truncate(rewritten.unwrap_or(self.length));
        let mut first_dropped = None;
        for (index, entry) in self.entries.iter().enumerate().skip(first) {
            self.starts.push(self.tokens.len());
            if self.retention.drops(index, &entry.message) {
                first_dropped.get_or_insert(self.tokens.len());
            } else {
                self.tokens.extend_from_slice(&entry.tokens);
            }
        }
        self.length = self.tokens.len();
        rewritten.or(first_dropped)
    }
}
