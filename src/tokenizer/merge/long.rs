//! Merging of long pieces, in stretches.

use super::parts;
use crate::tokenizer::layout::NONE;
use crate::tokenizer::vocab::{token_range, Pair};

/// Bytes of a long piece that are merged at a time, unless that turns out to be too few.
const STRETCH: usize = 1024;

/// Merges a long piece stretch by stretch.
///
/// A sequence of tokens is what merging gives if each two neighbours are what merging gives for their bytes: the first merge to cross
/// a boundary between two tokens would cross it in those two alone. So where two overlapping stretches share a token at one place,
/// the first may be followed up to there and the second from there on. The next stretch begins at a token of the first, so that the
/// two share it nearly always; if they share none, both are too short. So the time is
/// linear, and what is worked on stays in the nearest cache.
pub(super) fn merge(piece: &[u8]) -> Vec<u32> {
    let mut merged = vec![];
    let mut stretch = STRETCH;
    let mut merger = Merger::default();
    let (mut start, mut end) = (0, piece.len().min(stretch));
    let mut tokens = merger.merge(&piece[..end]);
    while end < piece.len() {
        let (index, next) = token_from(&tokens, start, start + (end - start) / 8 * 7);
        let next_end = piece.len().min(next + stretch);
        let next_tokens = merger.merge(&piece[next..next_end]);
        match shared(&tokens[index..], &next_tokens) {
            Some((kept, dropped)) => {
                merged.extend_from_slice(&tokens[..index + kept]);
                start = next + bytes_of(&next_tokens[..dropped]);
                end = next_end;
                tokens = next_tokens;
                tokens.drain(..dropped);
            }
            None => {
                stretch *= 2;
                end = piece.len().min(start + stretch);
                tokens = merger.merge(&piece[start..end]);
            }
        }
    }
    merged.append(&mut tokens);
    merged
}

/// Index and position of the first token that begins at or after `wanted`, if `tokens` begin at `start`.
fn token_from(tokens: &[u32], start: usize, wanted: usize) -> (usize, usize) {
    let mut position = start;
    for (index, &token) in tokens.iter().enumerate() {
        if position >= wanted {
            return (index, position);
        }
        position += token_len(token);
    }
    (tokens.len(), position)
}

/// How many tokens come before the first that both sequences, which begin at the same place, have at the same place.
fn shared(left: &[u32], right: &[u32]) -> Option<(usize, usize)> {
    let (mut i, mut j, mut left_at, mut right_at) = (0, 0, 0, 0);
    loop {
        let (&l, &r) = (left.get(i)?, right.get(j)?);
        if left_at == right_at && l == r {
            return Some((i, j));
        }
        if left_at <= right_at {
            left_at += token_len(l);
            i += 1;
        } else {
            right_at += token_len(r);
            j += 1;
        }
    }
}

fn bytes_of(tokens: &[u32]) -> usize {
    tokens.iter().map(|&token| token_len(token)).sum()
}

fn token_len(token: u32) -> usize {
    token_range(token).map_or(0, |range| range.len())
}

/// Merges any number of parts: a doubly linked list of them, and a tree of minima to find the next merge.
///
/// Sixteen candidates make a node, sixteen nodes a node of the next level, so that a stretch has three levels, and a merge changes
/// one or two nodes of each. Measured: a third to a half of the time of a binary heap, whose comparisons cannot be predicted.
#[derive(Default)]
pub(super) struct Merger {
    parts: Vec<Part>,
    /// The candidates of all parts, the minima of each sixteen, and so on, each filled up to a multiple of sixteen.
    levels: Vec<Vec<u64>>,
}

/// A part in the list; a merged-away part has [`NONE`] as its token.
#[derive(Clone, Copy)]
struct Part {
    token: u32,
    previous: usize,
    next: usize,
}

/// The place before the first part and after the last one.
const NOWHERE: usize = usize::MAX;

/// No pair of parts to merge here; above every rank with a position beside it.
const NO_MERGE: u64 = u64::MAX;

/// Bits for the position of a part in a long piece, which so may have a tebibyte.
const LONG_POSITION_BITS: u32 = 40;

impl Merger {
    pub(super) fn merge(&mut self, bytes: &[u8]) -> Vec<u32> {
        let mut tokens = vec![0; bytes.len()];
        // There are never more parts than bytes.
        let len = parts::split(bytes, &mut tokens).unwrap_or(0);
        tokens.truncate(len);
        self.link(&tokens);
        loop {
            let best = self.levels.last().map_or(NO_MERGE, |top| least_of(top, 0));
            if best == NO_MERGE {
                break;
            }
            let at = best & ((1 << LONG_POSITION_BITS) - 1);
            self.apply((best >> LONG_POSITION_BITS) as u32, at as usize);
        }
        self.parts
            .iter()
            .map(|part| part.token)
            .filter(|&token| token != NONE)
            .collect()
    }

    fn link(&mut self, tokens: &[u32]) {
        self.parts.clear();
        self.levels.clear();
        let mut level = vec![];
        for (at, &token) in tokens.iter().enumerate() {
            let following = tokens.get(at + 1);
            let next = following.map_or(NOWHERE, |_| at + 1);
            self.parts.push(Part {
                token,
                previous: at.wrapping_sub(1),
                next,
            });
            level.push(
                following.map_or(NO_MERGE, |&following| long_candidate(token, following, at)),
            );
        }
        loop {
            level.resize(level.len().next_multiple_of(16), NO_MERGE);
            let nodes = level.len() / 16;
            let next = (0..nodes).map(|node| least_of(&level, node)).collect();
            self.levels.push(std::mem::replace(&mut level, next));
            if nodes <= 1 {
                break;
            }
        }
    }

    fn apply(&mut self, token: u32, at: usize) {
        let right = self.parts[at].next;
        let next = self.parts[right].next;
        let previous = self.parts[at].previous;
        self.parts[right].token = NONE;
        self.parts[at].token = token;
        self.parts[at].next = next;
        let mut candidate = NO_MERGE;
        if let Some(part) = self.parts.get_mut(next) {
            part.previous = at;
            candidate = long_candidate(token, part.token, at);
        }
        self.levels[0][right] = NO_MERGE;
        self.levels[0][at] = candidate;
        let mut first = at;
        if let Some(part) = self.parts.get(previous) {
            first = previous;
            self.levels[0][first] = long_candidate(part.token, token, first);
        }
        self.update(first, at, right);
    }

    /// Computes the minima above three changed candidates again.
    fn update(&mut self, mut first: usize, mut second: usize, mut third: usize) {
        for level in 1..self.levels.len() {
            let (below, above) = self.levels.split_at_mut(level);
            let (below, above) = (&below[level - 1], &mut above[0]);
            (first, second, third) = (first / 16, second / 16, third / 16);
            above[first] = least_of(below, first);
            if second != first {
                above[second] = least_of(below, second);
            }
            if third != second {
                above[third] = least_of(below, third);
            }
        }
    }
}

fn long_candidate(left: u32, right: u32, position: usize) -> u64 {
    let token = Pair::new(left, right).merged();
    if token == NONE {
        NO_MERGE
    } else {
        u64::from(token) << LONG_POSITION_BITS | position as u64
    }
}

/// The least of the sixteen candidates of a node.
fn least_of(level: &[u64], node: usize) -> u64 {
    let least = |at: usize| {
        (0..4).fold(NO_MERGE, |least, next| {
            least.min(level[16 * node + at + next])
        })
    };
    least(0).min(least(4)).min(least(8).min(least(12)))
}
