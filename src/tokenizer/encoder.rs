//! Text to tokens: split it, look each piece up in the cache, and cache those that are not there.

mod bounded;
mod found;
mod workspace;

use super::{
    memo::{Lent, Memo, Pool, Seat},
    memory::Zeroed,
    sink::Sink,
};
use workspace::Workspace;

/// Sends the tokens of a text to `sink`, and returns where its last piece begins. Text of special tokens is ordinary text.
pub fn encode(text: &str, sink: &mut impl Sink) -> usize {
    if text.is_empty() {
        return 0;
    }
    let mut encode = |encoder: &mut Encoder| encoder.encode(text.as_bytes(), sink);
    SEAT.try_with(|seat| seat.with(&mut encode))
        // The thread is ending.
        .unwrap_or_else(|_| ENCODERS.with(0, &mut encode))
}

/// Does work in which this thread encodes with an encoder of the caller.
pub fn with_encoder<R>(encoder: &mut Option<Box<Encoder>>, work: impl FnOnce() -> R) -> R {
    SEAT.with(|seat| seat.lend(encoder, work))
}

/// The encoders of all threads: as many as encode at the same time.
static ENCODERS: Pool<Encoder> = Pool::new();

thread_local! {
    static SEAT: Seat<Encoder> = const { Seat::of(&ENCODERS) };
}

/// Encodes texts, one at a time.
pub struct Encoder {
    memo: Memo,
    /// One, in memory of its own from the system: glibc would keep what 1,000 threads that encoded at the same time have freed.
    workspace: Zeroed<Workspace>,
}

impl Default for Encoder {
    fn default() -> Self {
        Self::with(Memo::default())
    }
}

impl Lent for Encoder {
    fn small() -> Self {
        /// Bytes of the table: 1,000 threads that encode at the same time then take a third of a GiB, not five.
        const TABLE: usize = 256 << 10;
        Self::with_table(TABLE)
    }
}

impl Encoder {
    fn with(memo: Memo) -> Self {
        Self {
            memo,
            workspace: Zeroed::new(1),
        }
    }

    /// An encoder whose cache has a table of up to so many bytes.
    pub fn with_table(bytes: usize) -> Self {
        Self::with(Memo::with_table(bytes))
    }

    #[cfg(test)]
    pub fn cached_bytes(&self) -> usize {
        self.memo.bytes()
    }

    /// Sends the tokens of a text to `sink`, and returns where its last piece begins.
    pub fn encode(&mut self, text: &[u8], sink: &mut impl Sink) -> usize {
        self.workspace[0].encode(&mut self.memo, text, sink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::{
        pieces::{Batch, Piece, Seed},
        sink::Count,
        tables,
    };

    /// An encoder with a cache of one size, chosen small so that little text fills it.
    fn encoder(table: usize, seed: Seed) -> Encoder {
        Encoder::with(Memo::seeded(table, seed))
    }

    /// How many pieces of a text are not cached: what encoding it would have to work for.
    fn unknown(encoder: &mut Encoder, text: &str) -> usize {
        let text = text.as_bytes();
        let (mut batch, mut at, mut unknown) = (Batch::default(), 0, 0);
        while at < text.len() {
            at = batch.fill(text, at, &encoder.memo);
            for (index, &Piece { key, home, .. }) in batch.pieces().iter().enumerate() {
                let found = encoder.memo.find(key, home, batch.bytes(index, text));
                unknown += usize::from(found.is_none());
            }
        }
        unknown
    }

    fn encode(encoder: &mut Encoder, text: &str) -> usize {
        tables::ensure();
        let mut count = Count::default();
        encoder.encode(text.as_bytes(), &mut count);
        count.0
    }

    /// Words of several lengths; those of two different alphabets differ.
    fn words(count: u32, alphabet: &[u8; 16]) -> String {
        let word = |number: u32| {
            let number = number.wrapping_mul(0x9E37_79B9);
            let len = 5 + number % 24;
            let letter = |at: u32| char::from(alphabet[(number.rotate_left(at * 4) & 15) as usize]);
            (0..len).map(letter).chain([' ']).collect::<String>()
        };
        (0..count).map(word).collect()
    }

    #[test]
    fn text_is_cached_when_it_was_seen_again_after_any_other() {
        let text = words(100, b"abcdefghijklmnop");
        let other = words(20_000, b"qrstuvwxyzabcdef");
        let mut encoder = encoder(1 << 18, Seed::fixed(3));
        let tokens = encode(&mut encoder, &text);
        for _ in 0..3 {
            assert_eq!(unknown(&mut encoder, &text), 0);
            encode(&mut encoder, &other);
            assert_eq!(encode(&mut encoder, &text), tokens);
        }
        assert_eq!(unknown(&mut encoder, &text), 0);
    }

    /// Two hundred words of one block under a seed that the attacker knows: nearly none stays cached. Under another seed all do.
    #[test]
    fn words_chosen_to_collide_stay_cached_unless_the_seed_is_known() {
        let (table, known) = (1 << 18, Seed::fixed(3));
        let target = Memo::seeded(table, known);
        let collides = |word: &String| {
            let mut batch = Batch::default();
            batch.fill(word.as_bytes(), 0, &target);
            batch.pieces()[0].home < 4
        };
        let chosen: Vec<String> = (0u32..)
            .map(|number| {
                let digits = number
                    .to_be_bytes()
                    .map(|byte| [b'a' + (byte & 15), b'a' + (byte >> 4)]);
                format!("q{}", std::str::from_utf8(digits.as_flattened()).unwrap())
            })
            .filter(collides)
            .take(200)
            .collect();
        let text = chosen.join("\n");
        let mut known = encoder(table, known);
        encode(&mut known, &text);
        assert!(unknown(&mut known, &text) > 190);
        let mut unknown_seed = encoder(table, Seed::random());
        encode(&mut unknown_seed, &text);
        // At random, 256 blocks of four have room for nearly all of them.
        assert!(unknown(&mut unknown_seed, &text) < 30);
    }

    #[test]
    fn pieces_too_long_to_be_cached_are_encoded_each_time() {
        let text = format!("{} {}", "ab".repeat(100), "x".repeat(3000));
        let mut encoder = Encoder::default();
        let tokens = encode(&mut encoder, &text);
        assert_eq!(encode(&mut encoder, &text), tokens);
        assert_eq!(unknown(&mut encoder, &text), 2);
    }
}
