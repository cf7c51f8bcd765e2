//! Errors of reading a vocabulary.

/// A vocabulary file that cannot be used.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VocabularyError {
    /// A line that is not base64, a space and a number.
    #[error("line {line} is not a token in base64, a space and a rank")]
    MalformedLine {
        /// The number of the line, from 1.
        line: usize,
    },
    /// A rank that is too large.
    #[error(
        "line {line} has the rank {rank}, and ranks must be below {}",
        Self::MOST_IDS
    )]
    RankTooLarge {
        /// The number of the line, from 1.
        line: usize,
        /// The rank.
        rank: u32,
    },
    /// A rank that another line has.
    #[error("line {line} has the rank {rank} for a second time")]
    DuplicateRank {
        /// The number of the second line, from 1.
        line: usize,
        /// The rank.
        rank: u32,
    },
    /// A token that another line has.
    #[error("line {line} has a token for a second time, which has the rank {rank} already")]
    DuplicateToken {
        /// The number of the second line, from 1.
        line: usize,
        /// The rank of the first.
        rank: u32,
    },
    /// A byte without a token, so that text with it could not be encoded.
    #[error("the byte 0x{0:02X} is not a token; each of the 256 bytes must be one")]
    MissingByte(u8),
}

impl VocabularyError {
    /// Ids must be below this: 20 times as many as there are in today's vocabularies, and a table of all takes 64 MB.
    pub const MOST_IDS: u32 = 1 << 22;
}
