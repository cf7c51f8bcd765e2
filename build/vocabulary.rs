//! The vocabulary, and the one pair of tokens that each token is merged from.

use std::collections::HashMap;

use crate::{fill, layout::NONE, names, writer::Writer};

/// How many ordinary tokens there are; the special ones follow.
const ORDINARY: usize = names::IDS.start as usize;

/// How many tokens are single bytes; they are the first ids.
pub const SINGLE_BYTES: usize = 256;

/// The bytes of every ordinary token, by id, which is also the rank of its merge.
pub struct Vocabulary<'a> {
    pub tokens: Vec<&'a [u8]>,
    pub ids: HashMap<&'a [u8], u32>,
}

impl<'a> Vocabulary<'a> {
    /// Reads the packed form: one length byte a token, then the bytes of all tokens.
    pub fn unpack(packed: &'a [u8]) -> Self {
        let (lengths, mut bytes) = packed.split_at(ORDINARY);
        let tokens: Vec<&[u8]> = lengths
            .iter()
            .map(|&len| {
                let (token, rest) = bytes.split_at(len.into());
                bytes = rest;
                token
            })
            .collect();
        assert!(bytes.is_empty(), "bytes after the last token");
        let ids = tokens
            .iter()
            .zip(0..)
            .map(|(&token, id)| (token, id))
            .collect();
        Self { tokens, ids }
    }

    pub fn id(&self, bytes: &[u8]) -> u32 {
        self.ids.get(bytes).copied().unwrap_or(NONE)
    }

    /// Merges `bytes` as the reference does, lowest rank first, and reports every merge.
    ///
    /// `step` gets the ids of all parts before the merge, where it happens, and the merged id.
    pub fn merge(&self, bytes: &[u8], mut step: impl FnMut(&[u32], usize, u32)) -> Vec<u32> {
        let mut parts: Vec<u32> = bytes.iter().map(|byte| self.id(&[*byte])).collect();
        let mut ends: Vec<usize> = (0..=bytes.len()).collect();
        loop {
            let ranks = ends
                .windows(3)
                .map(|ends| self.id(&bytes[ends[0]..ends[2]]));
            match ranks.zip(0..).min() {
                Some((rank, at)) if rank != NONE => {
                    step(&parts, at, rank);
                    parts.splice(at..at + 2, [rank]);
                    ends.remove(at + 1);
                }
                _ => return parts,
            }
        }
    }

    /// By id, the two tokens whose merge makes it; `None` for single bytes.
    ///
    /// Merging is local: until a merge crosses the edge of a stretch of text, the stretch merges as it would alone. So a token is only
    /// ever made by the last merge of its own bytes, and this one pair per token is all that merging needs to know.
    /// Two facts about this vocabulary are asserted: every token can be made by merging, and from earlier tokens only.
    pub fn splits(&self) -> Vec<Option<(u32, u32)>> {
        let split = |(id, bytes): (u32, &&[u8])| {
            let mut last = None;
            let parts = self.merge(bytes, |parts, at, _| {
                last = Some((parts[at], parts[at + 1]))
            });
            assert_eq!(parts, [id], "token {id} cannot be made by merging");
            if let Some((left, right)) = last {
                assert!(
                    left < id && right < id,
                    "token {id} is made from later tokens"
                );
            }
            last
        };
        (0..).zip(&self.tokens).map(split).collect()
    }

    /// The bytes of all tokens, special ones included, and where each begins.
    pub fn write(&self, writer: &mut Writer) {
        let mut bytes: Vec<u8> = self.tokens.concat();
        let mut offsets = vec![0];
        for token in &self.tokens {
            offsets.push(offsets[offsets.len() - 1] + token.len() as u32);
        }
        let ordinary = bytes.len();
        let names: usize = names::IDS.map(|id| names::name(id).len()).sum();
        bytes.resize(ordinary + names, 0);
        offsets.resize(names::IDS.end as usize + 1, 0);
        fill::special_names(ordinary, &mut bytes, &mut offsets[ORDINARY + 1..]);
        // Decoding copies 16 bytes at once, so that many must be readable after the last token.
        bytes.extend([0; 16]);
        writer.bytes("TOKEN_BYTES", &bytes);
        writer.words32("TOKEN_OFFSETS", &offsets);
    }
}
