//! Text to tokens: split it, look each piece up in the cache, and cache those that are not there.

use super::{
    layout::{NONE, SHORT},
    memo::{Lent, Memo, Pool, Seat, INLINE},
    merge::Lanes,
    pieces::{Batch, Piece, BATCH, LONGEST},
    vocab::{line_of, long_piece, prefetch_line, short_piece},
};

/// What takes the tokens of a text.
pub trait Sink {
    /// The next tokens.
    fn extend(&mut self, tokens: &[u32]);

    /// Whether it wants no more tokens. Asked once for each batch of pieces.
    fn is_full(&self) -> bool {
        false
    }
}

impl Sink for Vec<u32> {
    #[inline(always)]
    fn extend(&mut self, tokens: &[u32]) {
        self.extend_from_slice(tokens);
    }
}

/// Counts tokens.
#[derive(Default)]
pub struct Count(pub usize);

impl Sink for Count {
    #[inline(always)]
    fn extend(&mut self, tokens: &[u32]) {
        self.0 += tokens.len();
    }
}

/// Counts tokens until there are more than the limit.
pub struct CountUpTo {
    pub count: usize,
    pub limit: usize,
}

impl Sink for CountUpTo {
    #[inline(always)]
    fn extend(&mut self, tokens: &[u32]) {
        self.count += tokens.len();
    }

    fn is_full(&self) -> bool {
        self.count > self.limit
    }
}

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
#[derive(Default)]
pub struct Encoder {
    batch: Batch,
    memo: Memo,
    lanes: Lanes,
    output: Output,
}

/// Tokens that were found and not yet sent.
struct Output([u32; BATCH * INLINE]);

impl Default for Output {
    fn default() -> Self {
        Self([0; BATCH * INLINE])
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
    /// An encoder whose cache has a table of up to so many bytes.
    pub fn with_table(bytes: usize) -> Self {
        Self {
            memo: Memo::with_table(bytes),
            ..Self::default()
        }
    }

    #[cfg(test)]
    pub fn cached_bytes(&self) -> usize {
        self.memo.bytes()
    }

    /// Sends the tokens of a text to `sink`, and returns where its last piece begins.
    pub fn encode(&mut self, text: &[u8], sink: &mut impl Sink) -> usize {
        self.batch.clear();
        let mut at = 0;
        while at < text.len() && !sink.is_full() {
            self.memo.next_batch();
            at = self.batch.fill(text, at, &self.memo);
            self.look_up(text, sink);
        }
        self.batch.last_start()
    }

    /// Sends the tokens of the pieces of the batch to `sink`.
    #[inline(never)]
    fn look_up(&mut self, text: &[u8], sink: &mut impl Sink) {
        let mut index = 0;
        let mut cached = false;
        loop {
            let pieces = &self.batch.pieces()[index..];
            let (found, len) = self.memo.copy_at_home(pieces, &mut self.output.0);
            sink.extend(&self.output.0[..len]);
            index += found;
            let Some(&Piece { key, home, .. }) = self.batch.pieces().get(index) else {
                return;
            };
            let bytes = self.batch.bytes(index, text);
            if let Some(tokens) = self.memo.find(key, home, bytes) {
                sink.extend(tokens);
            } else if cached {
                // Too long to be cached, or replaced by others of the batch.
                self.send_uncached(key, bytes, sink);
            } else {
                // Looked up again afterwards.
                self.cache_unknown(index, text);
                cached = true;
                continue;
            }
            index += 1;
        }
    }

    #[inline(never)]
    fn send_uncached(&mut self, key: u128, bytes: &[u8], sink: &mut impl Sink) {
        match token_of(key, bytes) {
            NONE => self.lanes.merge(1, |_| bytes, |_, tokens| sink.extend(tokens)),
            token => sink.extend(&[token]),
        }
    }

    /// Caches the unknown pieces of the batch from `first` on.
    ///
    /// All at once, so that what one waits for is fetched while others are worked on.
    #[inline(never)]
    fn cache_unknown(&mut self, first: usize, text: &[u8]) {
        // Indices of pieces.
        const { assert!(BATCH <= 1 << u8::BITS) };
        let mut unknown = [0u8; BATCH];
        let count = self.find_unknown(first, text, &mut unknown);
        let unmerged = self.cache_tokens(text, &mut unknown[..count]);
        self.cache_merged(text, &unknown[..unmerged]);
    }

    /// Writes to `unknown` which pieces may be cached and are not, and returns how many these are. Their lines of the table of tokens are
    /// prefetched.
    fn find_unknown(&mut self, first: usize, text: &[u8], unknown: &mut [u8; BATCH]) -> usize {
        let pieces = self.batch.pieces();
        let mut away = 0;
        for (index, &Piece { key, home, .. }) in pieces.iter().enumerate().skip(first) {
            unknown[away % BATCH] = index as u8;
            away += usize::from(!self.memo.is_home(key, home));
        }
        for &index in &unknown[..away] {
            self.memo.prefetch_block(pieces[usize::from(index)].home);
        }
        let mut count = 0;
        for at in 0..away {
            let index = usize::from(unknown[at]);
            let Piece { key, home, .. } = pieces[index];
            let bytes = self.batch.bytes(index, text);
            if bytes.len() < LONGEST && self.memo.find(key, home, bytes).is_none() {
                prefetch_line(line_of(key));
                unknown[count] = index as u8;
                count += 1;
            }
        }
        count
    }

    /// Caches the pieces that are tokens, moves the others to the front, and returns how many these are.
    fn cache_tokens(&mut self, text: &[u8], unknown: &mut [u8]) -> usize {
        let mut unmerged = 0;
        for at in 0..unknown.len() {
            let index = usize::from(unknown[at]);
            let Piece { key, home, .. } = self.batch.pieces()[index];
            let bytes = self.batch.bytes(index, text);
            match token_of(key, bytes) {
                NONE => {
                    unknown[unmerged] = index as u8;
                    unmerged += 1;
                }
                token => self.memo.insert(key, home, bytes, &[token]),
            }
        }
        unmerged
    }

    /// Caches pieces that are not tokens.
    fn cache_merged(&mut self, text: &[u8], unmerged: &[u8]) {
        let Self {
            batch, memo, lanes, ..
        } = self;
        let bytes = |at: usize| batch.bytes(usize::from(unmerged[at]), text);
        lanes.merge(unmerged.len(), bytes, |at, tokens| {
            let Piece { key, home, .. } = batch.pieces()[usize::from(unmerged[at])];
            // The same piece may be there twice.
            if memo.find(key, home, bytes(at)).is_none() {
                memo.insert(key, home, bytes(at), tokens);
            }
        });
    }
}

/// The token that a whole piece is, or [`NONE`].
fn token_of(key: u128, bytes: &[u8]) -> u32 {
    if bytes.len() <= SHORT {
        short_piece(key, line_of(key))
    } else {
        long_piece(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::pieces::Seed;

    /// An encoder with a cache of one size, chosen small so that little text fills it.
    fn encoder(table: usize, seed: Seed) -> Encoder {
        Encoder {
            memo: Memo::seeded(table, seed),
            ..Encoder::default()
        }
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
