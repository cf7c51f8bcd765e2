//! Remembers how pieces that are no token were merged: names and rare words come again within a text.
//!
//! A table of fixed size a thread, in which a piece has one place and takes it from the one before: it does not grow, needs no
//! lock, and costs one cache line a look. Pieces of up to 31 bytes and seven tokens are kept.
//!
//! Measured on text not seen before, after 2 MB of the same kind: 85 % of the merges of English and code are saved, half of
//! those of 16 languages.

use std::cell::Cell;

use super::layout::fold;

/// Places in the table: 512 KiB.
const PLACES: usize = 1 << 13;

/// Bytes of the longest piece that is kept.
pub const LONGEST: usize = 31;

/// Tokens of the longest result that is kept.
const TOKENS: usize = 7;

/// A piece and its tokens, in one cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Place {
    key: [u128; 2],
    tokens: [u32; TOKENS],
    len: u32,
}

thread_local! {
    static TABLE: Cell<Vec<Place>> = const { Cell::new(vec![]) };
}

/// The table of this thread, lent by the first look and given back in the end.
///
/// Most short texts have no piece that is no token, so they never ask for it.
#[derive(Default)]
pub struct Memo {
    places: Vec<Place>,
}

impl Memo {
    /// The tokens of a piece, if they are kept.
    #[inline(always)]
    pub fn get(&mut self, key: [u128; 2]) -> Option<&[u32]> {
        if self.places.is_empty() {
            self.borrow();
        }
        let place = &self.places[place_of(key)];
        if place.key == key {
            place.tokens.get(..place.len as usize)
        } else {
            None
        }
    }

    /// Keeps the tokens of a piece, if there are not too many.
    pub fn keep(&mut self, key: [u128; 2], tokens: &[u32]) {
        if tokens.len() > TOKENS || self.places.is_empty() {
            return;
        }
        let place = &mut self.places[place_of(key)];
        place.key = key;
        place.len = tokens.len() as u32;
        place.tokens[..tokens.len()].copy_from_slice(tokens);
    }

    #[cold]
    fn borrow(&mut self) {
        // A thread that is ending has no table any more.
        self.places = TABLE.try_with(Cell::take).unwrap_or_default();
        if self.places.is_empty() {
            self.places = vec![
                Place {
                    key: [0; 2],
                    tokens: [0; TOKENS],
                    len: 0
                };
                PLACES
            ];
        }
    }
}

impl Drop for Memo {
    fn drop(&mut self) {
        if !self.places.is_empty() {
            let places = std::mem::take(&mut self.places);
            // In a thread that is ending, the table is dropped.
            let _ = TABLE.try_with(|table| table.set(places));
        }
    }
}

fn place_of([first, second]: [u128; 2]) -> usize {
    let folded = first ^ second.rotate_left(29);
    fold(
        folded as u64 ^ 0x9E37_79B9_7F4A_7C15,
        (folded >> 64) as u64 ^ 0xC2B2_AE3D_27D4_EB4F,
    ) as usize
        % PLACES
}
