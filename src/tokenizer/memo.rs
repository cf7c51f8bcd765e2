//! Remembers how pieces that are no token were merged: names and rare words come again within a text.
//!
//! A table a thread, in which a piece has two places side by side; a new piece takes the first, and the one that was there moves to
//! the second. It needs no lock, costs one or two cache lines a look, and never grows beyond 2 MiB. Pieces of up to 31 bytes and
//! seven tokens are kept.

use std::cell::Cell;

use super::layout::fold;

/// Places of a new table: 32 KiB, so that a thread with little text needs little memory.
const FIRST_PLACES: usize = 1 << 9;

/// Places in the end: 2 MiB.
const MOST_PLACES: usize = 1 << 15;

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
    static TABLE: Cell<Table> = const { Cell::new(Table { places: vec![], kept: 0 }) };
}

#[derive(Default)]
struct Table {
    /// A power of two of them, or none.
    places: Vec<Place>,
    /// Pieces that were put there since the table was made.
    kept: usize,
}

/// The table of this thread, lent by the first look and given back in the end.
///
/// Most short texts have no piece that is no token, so they never ask for it.
#[derive(Default)]
pub struct Memo {
    table: Table,
}

impl Memo {
    /// The tokens of a piece, if they are kept.
    #[inline(always)]
    pub fn get(&mut self, key: [u128; 2]) -> Option<&[u32]> {
        if self.table.places.is_empty() {
            self.borrow();
        }
        let first = first_place(key, self.table.places.len());
        let places = self.table.places.get(first..first + 2)?;
        let place = places.iter().find(|place| place.key == key)?;
        place.tokens.get(..place.len as usize)
    }

    /// Keeps the tokens of a piece, if there are not too many.
    pub fn keep(&mut self, key: [u128; 2], tokens: &[u32]) {
        if tokens.len() > TOKENS {
            return;
        }
        let mut place = Place {
            key,
            len: tokens.len() as u32,
            ..Place::EMPTY
        };
        place.tokens[..tokens.len()].copy_from_slice(tokens);
        self.table.put(place);
        self.table.kept += 1;
        if self.table.kept > self.table.places.len() && self.table.places.len() < MOST_PLACES {
            self.table = self.table.grown();
        }
    }

    #[cold]
    fn borrow(&mut self) {
        // A thread that is ending has no table any more.
        self.table = TABLE.try_with(Cell::take).unwrap_or_default();
        if self.table.places.is_empty() {
            self.table = Table::new(FIRST_PLACES);
        }
    }
}

impl Table {
    fn new(places: usize) -> Self {
        Self {
            places: vec![Place::EMPTY; places],
            kept: 0,
        }
    }

    fn put(&mut self, place: Place) {
        let first = first_place(place.key, self.places.len());
        if let Some([newer, older]) = self.places.get_mut(first..first + 2) {
            *older = std::mem::replace(newer, place);
        }
    }

    #[cold]
    fn grown(&self) -> Self {
        let mut grown = Self::new(self.places.len() * 4);
        let full = self.places.iter().filter(|place| place.len > 0);
        full.for_each(|place| grown.put(*place));
        grown
    }
}

impl Place {
    const EMPTY: Self = Self {
        key: [0; 2],
        tokens: [0; TOKENS],
        len: 0,
    };
}

impl Drop for Memo {
    fn drop(&mut self) {
        if !self.table.places.is_empty() {
            let table = std::mem::take(&mut self.table);
            // In a thread that is ending, the table is dropped.
            let _ = TABLE.try_with(|lent| lent.set(table));
        }
    }
}

/// The first of the two places where a piece can be, of a power of two.
fn first_place([first, second]: [u128; 2], places: usize) -> usize {
    let folded = first ^ second.rotate_left(29);
    let hash = fold(
        folded as u64 ^ 0x9E37_79B9_7F4A_7C15,
        (folded >> 64) as u64 ^ 0xC2B2_AE3D_27D4_EB4F,
    );
    hash as usize & (places - 1) & !1
}
