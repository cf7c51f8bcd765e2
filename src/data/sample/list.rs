//! Samples one after the other.

use std::ops::Range;
use std::sync::Arc;

/// A sample: the tokens of a row of the table, or of a part of one.
#[derive(Debug, Default)]
pub(in crate::data) struct Sample {
    /// Which tokens of the list it has.
    pub(in crate::data) tokens: Range<usize>,
    /// The index of the row.
    pub(in crate::data) conversation: usize,
    pub(in crate::data) number: usize,
    /// How many samples the row has.
    pub(in crate::data) count: usize,
    /// The values of the columns to carry along.
    pub(in crate::data) kept: Option<Arc<[Option<String>]>>,
}

/// Samples whose tokens are in one vector, so that none has an allocation of its own.
#[derive(Debug, Default)]
pub(in crate::data) struct SampleList {
    pub(in crate::data) samples: Vec<Sample>,
    /// The ids of all tokens. All ids are below 201,089.
    pub(in crate::data) ids: Vec<i32>,
    /// For each token 1 if it is learned, otherwise 0.
    pub(in crate::data) learned: Vec<u8>,
    /// For each token how much it counts; empty if no column needs it.
    pub(in crate::data) weights: Vec<f32>,
    /// For each token the index of its message; empty if no column needs it.
    pub(in crate::data) messages: Vec<i32>,
}

impl SampleList {
    pub(in crate::data) fn len(&self) -> usize {
        self.samples.len()
    }

    pub(super) fn iter_mut(&mut self) -> std::slice::IterMut<'_, Sample> {
        self.samples.iter_mut()
    }

    /// Appends a sample with these tokens, of which some are learned.
    pub(super) fn push(&mut self, tokens: &[u32], learned: &[u8]) {
        let start = self.ids.len();
        self.ids.extend(tokens.iter().map(|&id| id as i32));
        self.learned.extend_from_slice(learned);
        self.samples.push(Sample {
            tokens: start..self.ids.len(),
            ..Sample::default()
        });
    }

    /// Says how much the tokens of the last sample count.
    pub(super) fn push_weights(&mut self, weights: Vec<f32>) {
        self.weights.extend(weights);
    }

    /// Says of which messages the tokens of the last sample are.
    pub(super) fn push_messages(&mut self, messages: Vec<i32>) {
        self.messages.extend(messages);
    }

    /// Takes all samples but the first `len` out. They are in the order in which they were appended.
    pub(super) fn truncate(&mut self, len: usize) {
        self.samples.truncate(len);
        let tokens = self.samples.last().map_or(0, |last| last.tokens.end);
        self.ids.truncate(tokens);
        self.learned.truncate(tokens);
        self.weights.truncate(tokens);
        self.messages.truncate(tokens);
    }

    /// Makes room for the tokens of so many bytes of JSON: four a token, of a chunk.
    pub(in crate::data) fn reserve_for(&mut self, bytes: usize) {
        const MOST: usize = 256 << 10;
        let tokens = bytes.min(MOST) / 4;
        self.ids.reserve(tokens);
        self.learned.reserve(tokens);
    }

    /// Appends the samples of another list, whose rows come after so many others.
    pub(in crate::data) fn append(&mut self, mut next: Self, rows: usize) {
        let tokens = self.ids.len();
        for sample in &mut next.samples {
            sample.conversation += rows;
            sample.tokens.start += tokens;
            sample.tokens.end += tokens;
        }
        self.samples.append(&mut next.samples);
        self.ids.append(&mut next.ids);
        self.learned.append(&mut next.learned);
        self.weights.append(&mut next.weights);
        self.messages.append(&mut next.messages);
    }
}
