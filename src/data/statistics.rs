//! What a preparation did, in numbers that add up over parts.

use std::mem;

use serde::{Deserialize, Serialize};

use crate::chat::Role;
use crate::encoding::render::Spans;

/// What became of rows, in numbers. Nothing is left out without being counted here.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(default)]
#[non_exhaustive]
pub struct Statistics {
    /// Rows that were read, those that failed included.
    pub rows: usize,
    /// Rows that failed.
    pub failed: usize,
    /// Samples in the table.
    pub samples: usize,
    /// Rows of the table: as many as samples, or fewer if samples are packed.
    pub table_rows: usize,
    /// Tokens in the table, without padding.
    pub tokens: usize,
    /// Tokens that are learned.
    pub learned: usize,
    /// Tokens of padding.
    pub padding: usize,
    /// Samples that were left out because nothing is learned in them.
    pub unlearned: usize,
    /// Samples that were left out because they are too long.
    pub too_long: usize,
    /// Samples that were cut because they are too long.
    pub cut: usize,
    /// Tokens that were cut off or are of samples that were left out because they are too long.
    pub tokens_lost: usize,
    /// Messages that the format left out, such as thoughts of earlier turns.
    pub messages_left_out: usize,
    /// Tokens by the role and the channel of their message, in the order in which these first occur.
    pub channels: Vec<ChannelTokens>,
    /// How many samples have how many tokens: entry `n` counts lengths from 2^(n-1) to 2^n - 1.
    pub lengths: Vec<usize>,
}

/// The tokens of the messages of one role on one channel.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChannelTokens {
    /// The role of the messages' authors.
    pub role: Role,
    /// The channel; `None` for messages without one.
    pub channel: Option<String>,
    /// All tokens.
    pub tokens: usize,
    /// Those that are learned.
    pub learned: usize,
}

/// How many kinds of messages are counted apart. The format has three channels; rows can name any number.
const MOST_CHANNELS: usize = 64;

/// Under which name the messages of all further channels are counted.
const OTHER_CHANNELS: &str = "(other)";

impl Statistics {
    /// Adds the numbers of other rows.
    pub fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.failed += other.failed;
        self.samples += other.samples;
        self.table_rows += other.table_rows;
        self.tokens += other.tokens;
        self.learned += other.learned;
        self.padding += other.padding;
        self.unlearned += other.unlearned;
        self.too_long += other.too_long;
        self.cut += other.cut;
        self.tokens_lost += other.tokens_lost;
        self.messages_left_out += other.messages_left_out;
        for channel in other.channels.iter().filter(|channel| channel.tokens > 0) {
            let own = self.channel(channel.role, channel.channel.as_deref());
            own.tokens += channel.tokens;
            own.learned += channel.learned;
        }
        for (bits, &count) in other.lengths.iter().enumerate() {
            *self.with_bits(bits) += count;
        }
    }

    /// Sets all numbers to 0. The channels stay, so that they need not be named again; without tokens they are not added.
    pub(super) fn clear(&mut self) {
        for channel in &mut self.channels {
            channel.tokens = 0;
            channel.learned = 0;
        }
        self.lengths.fill(0);
        *self = Self {
            channels: mem::take(&mut self.channels),
            lengths: mem::take(&mut self.lengths),
            ..Self::default()
        };
    }

    /// Counts a sample of the table: the tokens from `start` of a rendered conversation, and which of them are learned.
    pub(super) fn count(&mut self, spans: &Spans, start: usize, learned: &[u8]) {
        self.count_length(learned.len());
        let piece = start..start + learned.len();
        for span in &spans.messages()[spans.touched_by(&piece)] {
            let inside = |position: usize| position.saturating_sub(start).min(learned.len());
            let range = inside(span.tokens().start)..inside(span.tokens().end);
            if range.is_empty() {
                continue;
            }
            let tokens = range.len();
            let sum = sum(&learned[range]);
            self.learned += sum;
            let channel = self.channel(span.role(), span.channel());
            channel.tokens += tokens;
            channel.learned += sum;
        }
    }

    /// Counts a sample of the table whose messages are not known.
    pub(super) fn count_merged(&mut self, learned: &[u8]) {
        self.count_length(learned.len());
        self.learned += sum(learned);
    }

    fn count_length(&mut self, tokens: usize) {
        self.samples += 1;
        self.tokens += tokens;
        let bits = usize::BITS - tokens.leading_zeros();
        *self.with_bits(bits as usize) += 1;
    }

    fn channel(&mut self, role: Role, channel: Option<&str>) -> &mut ChannelTokens {
        let place = |channels: &[ChannelTokens], channel: Option<&str>| {
            let is_this =
                |own: &ChannelTokens| own.role == role && own.channel.as_deref() == channel;
            channels.iter().position(is_this)
        };
        let mut channel = channel;
        let mut found = place(&self.channels, channel);
        if found.is_none() && self.channels.len() >= MOST_CHANNELS {
            channel = Some(OTHER_CHANNELS);
            found = place(&self.channels, channel);
        }
        let index = match found {
            Some(index) => index,
            None => {
                self.channels.push(ChannelTokens {
                    role,
                    channel: channel.map(str::to_owned),
                    tokens: 0,
                    learned: 0,
                });
                self.channels.len() - 1
            }
        };
        &mut self.channels[index]
    }

    fn with_bits(&mut self, bits: usize) -> &mut usize {
        if self.lengths.len() <= bits {
            self.lengths.resize(bits + 1, 0);
        }
        &mut self.lengths[bits]
    }
}

/// The sum of flags. In groups that cannot overflow a byte, which the compiler turns into vector instructions.
pub(super) fn sum(flags: &[u8]) -> usize {
    flags
        .chunks(u8::MAX as usize)
        .map(|group| usize::from(group.iter().sum::<u8>()))
        .sum()
}
