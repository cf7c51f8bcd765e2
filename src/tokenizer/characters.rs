//! Characters that merging may take whole, and where no merge can cross.

use super::{
    layout::{neighbourhood, ID_MASK},
    pieces::split::decode,
    vocab::{atom, byte_token, may_join},
};

/// A placeholder where there is no token: an id that merges with no other and has no neighbours.
pub const NO_TOKEN: u32 = ID_MASK;

/// A character within a text.
#[derive(Clone, Copy)]
pub struct Character {
    /// Its token; [`NO_TOKEN`] if it is none, or if a neighbour may merge with one of its bytes before it is whole.
    pub token: u32,
    /// How many bytes it has; 1 for a byte that is in no whole character.
    pub len: usize,
    /// What the next character comes after, as a [`neighbourhood`].
    pub neighbourhood: u32,
}

impl Character {
    /// What the first character comes after.
    pub const NOTHING: Self = Self {
        token: NO_TOKEN,
        len: 0,
        neighbourhood: 0,
    };

    /// The character at `at`, after another one.
    ///
    /// Whether it may be taken whole is what the build script has found out, by neighbourhood.
    #[inline(always)]
    pub fn read(text: &[u8], at: usize, before: Self) -> Self {
        let lead = text[at];
        // Known lengths, and not one that is computed: so the processor reads on before it knows.
        match lead {
            0..=0x7F => Self {
                token: byte_token(lead),
                len: 1,
                neighbourhood: NEIGHBOURHOODS[lead as usize],
            },
            0xE0..=0xEF => Self::read_long::<3>(text, at, before),
            0xC0..=0xDF => Self::read_long::<2>(text, at, before),
            0xF0..=0xFF => Self::read_long::<4>(text, at, before),
            0x80..=0xBF => Self::PART,
        }
    }

    /// A byte of a character that is not whole, as where a long piece was cut anywhere.
    const PART: Self = Self {
        token: NO_TOKEN,
        len: 1,
        neighbourhood: u32::MAX,
    };

    #[inline(always)]
    fn read_long<const LEN: usize>(text: &[u8], at: usize, before: Self) -> Self {
        let Some(bytes) = text[at..].first_chunk::<LEN>() else {
            return Self::PART;
        };
        let after = match text.get(at + LEN) {
            Some(&lead) => NEIGHBOURHOODS[lead as usize],
            None => 0,
        };
        Self {
            token: atom(decode(bytes).0, before.neighbourhood, after),
            len: LEN,
            neighbourhood: NEIGHBOURHOODS[text[at] as usize],
        }
    }

    /// Whether no merge ever crosses from this character to the next one.
    ///
    /// Once both are whole, merges at their edges make tokens in which the two are adjacent. Where there is no such token, the text
    /// before and the text after merge on their own.
    #[inline(always)]
    pub fn is_apart_from(self, next: Self) -> bool {
        (self.token != NO_TOKEN) & (next.token != NO_TOKEN) & !may_join(self.token, next.token)
    }
}

/// [`neighbourhood`] of each byte.
static NEIGHBOURHOODS: [u32; 256] = {
    let mut masks = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        masks[byte] = neighbourhood(byte as u8);
        byte += 1;
    }
    masks
};
