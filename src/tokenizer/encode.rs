//! Text to tokens: split, look each piece up in what the thread has seen, and learn what it has not.

use std::{cell::Cell, sync::Mutex};

use super::{
    layout::{NONE, SHORT},
    memo::{Cache, INLINE},
    merge::{merge_piece, Lanes, LANES},
    pieces::{Batch, Piece, BATCH, LONGEST},
    vocab::{line_of, long_piece, prefetch_line, short_piece},
};

/// What takes the tokens of a text.
pub trait Sink {
    /// The next tokens.
    fn extend(&mut self, tokens: &[u32]);
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

/// Sends the tokens of a text to `sink`, and returns where its last piece begins. Text of special tokens is ordinary text.
pub fn encode(text: &str, sink: &mut impl Sink) -> usize {
    if text.is_empty() {
        return 0;
    }
    // A thread that is ending has none any more.
    let kept = ENCODER.try_with(|kept| kept.0.take()).ok().flatten();
    let mut encoder = kept.unwrap_or_else(spare);
    let last_start = encoder.encode(text.as_bytes(), sink);
    let _ = ENCODER.try_with(|kept| kept.0.set(Some(encoder)));
    last_start
}

thread_local! {
    static ENCODER: Kept = const { Kept(Cell::new(None)) };
}

/// The encoder of a thread, between texts.
struct Kept(Cell<Option<Box<Encoder>>>);

/// Encoders of threads that have ended, for those to come: a thread that lives for one batch need not learn everything anew.
///
/// Asked once in a thread's life, and nobody waits for it: if it is locked, a new encoder is as good.
static SPARE: Mutex<Vec<Box<Encoder>>> = Mutex::new(vec![]);

/// So many are kept, of up to 4.5 MiB each.
const MOST_SPARE: usize = 8;

impl Drop for Kept {
    fn drop(&mut self) {
        if let (Some(encoder), Ok(mut spare)) = (self.0.take(), SPARE.try_lock()) {
            if spare.len() < MOST_SPARE {
                spare.push(encoder);
            }
        }
    }
}

#[cold]
fn spare() -> Box<Encoder> {
    let spare = SPARE.try_lock().ok();
    spare.and_then(|mut spare| spare.pop()).unwrap_or_default()
}

/// What a thread encodes with.
#[derive(Default)]
struct Encoder {
    batch: Batch,
    cache: Cache,
    lanes: Lanes,
    found: Found,
}

/// Tokens that were found and not yet sent.
struct Found([u32; BATCH * INLINE]);

impl Default for Found {
    fn default() -> Self {
        Self([0; BATCH * INLINE])
    }
}

impl Encoder {
    fn encode(&mut self, text: &[u8], sink: &mut impl Sink) -> usize {
        self.batch.clear();
        let mut at = 0;
        while at < text.len() {
            at = self.batch.fill(text, at, &self.cache);
            self.look_up(text, sink);
            self.cache.grow();
        }
        self.batch.last_start()
    }

    /// Sends the tokens of the pieces of the batch to `sink`.
    ///
    /// Whatever is at a piece's home is copied; it counts if it is the piece's. So nothing depends on how many tokens it has.
    #[inline(never)]
    fn look_up(&mut self, text: &[u8], sink: &mut impl Sink) {
        let mut len = 0;
        let mut learned = false;
        for index in 0..self.batch.pieces().len() {
            let Piece { key, home, .. } = self.batch.pieces()[index];
            let entry = self.cache.at(home);
            // There is room for what all pieces find at home.
            if let Some(room) = self.found.0.get_mut(len..len + INLINE) {
                room.copy_from_slice(&entry.tokens);
            }
            if entry.key == key {
                len += entry.len as usize;
                continue;
            }
            sink.extend(&self.found.0[..len]);
            len = 0;
            let bytes = self.batch.bytes(index, text);
            if let Some(tokens) = self.cache.find(key, home, bytes) {
                sink.extend(tokens);
                continue;
            }
            if !learned {
                self.learn(index, text);
                learned = true;
            }
            match self.cache.find(key, home, bytes) {
                Some(tokens) => sink.extend(tokens),
                // Too long to be kept, or displaced by others of the batch.
                None => match token_of(key, bytes) {
                    NONE => sink.extend(&merge_piece(bytes)),
                    token => sink.extend(&[token]),
                },
            }
        }
        sink.extend(&self.found.0[..len]);
    }

    /// Puts the unknown pieces of the batch from `first` on into the cache.
    ///
    /// All at once, so that what one waits for is fetched while others are worked on.
    #[inline(never)]
    fn learn(&mut self, first: usize, text: &[u8]) {
        let mut unknown = [0; BATCH];
        let count = self.find_unknown(first, text, &mut unknown);
        let unmerged = self.learn_tokens(text, &mut unknown[..count]);
        self.learn_merged(text, &unknown[..unmerged]);
    }

    /// Writes to `unknown` which pieces are nowhere in the cache and may be kept there, and returns how many these are. Their lines of the
    /// table of tokens are asked for.
    fn find_unknown(&self, first: usize, text: &[u8], unknown: &mut [usize; BATCH]) -> usize {
        let pieces = self.batch.pieces();
        let mut away = 0;
        for (index, piece) in pieces.iter().enumerate().skip(first) {
            unknown[away % BATCH] = index;
            away += usize::from(self.cache.at(piece.home).key != piece.key);
        }
        for &index in &unknown[..away] {
            self.cache.fetch_block(pieces[index].home);
        }
        let mut count = 0;
        for at in 0..away {
            let index = unknown[at];
            let Piece { key, home, .. } = pieces[index];
            let known = self.cache.has(key, home);
            if !known && self.batch.bytes(index, text).len() < LONGEST {
                prefetch_line(line_of(key));
                unknown[count] = index;
                count += 1;
            }
        }
        count
    }

    /// Learns the pieces that are tokens, moves the others to the front, and returns how many these are.
    fn learn_tokens(&mut self, text: &[u8], unknown: &mut [usize]) -> usize {
        let mut unmerged = 0;
        for at in 0..unknown.len() {
            let index = unknown[at];
            let Piece { key, home, .. } = self.batch.pieces()[index];
            let bytes = self.batch.bytes(index, text);
            match token_of(key, bytes) {
                NONE => {
                    unknown[unmerged] = index;
                    unmerged += 1;
                }
                token => self.cache.keep(key, home, bytes, &[token]),
            }
        }
        unmerged
    }

    /// Learns pieces that are no tokens.
    fn learn_merged(&mut self, text: &[u8], unmerged: &[usize]) {
        for indices in unmerged.chunks(LANES) {
            let mut pieces = [&[][..]; LANES];
            for (piece, &index) in pieces.iter_mut().zip(indices) {
                *piece = self.batch.bytes(index, text);
            }
            self.lanes.merge(&pieces[..indices.len()], |lane, tokens| {
                let Piece { key, home, .. } = self.batch.pieces()[indices[lane]];
                // The same piece may be there twice.
                if !self.cache.has(key, home) {
                    self.cache.keep(key, home, pieces[lane], tokens);
                }
            });
        }
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
