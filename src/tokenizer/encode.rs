//! Text to tokens: split, look each piece up as a whole, merge what is no token.

use super::{
    layout::{short_key, NONE, SHORT},
    memo::{Memo, LONGEST},
    merge::merge_piece,
    split::piece_end,
    vocab::{line_of, long_piece, prefetch_line, short_piece},
    window::{boundaries, WINDOW},
};

/// What takes the tokens of a text.
pub trait Sink {
    /// A piece begins.
    #[inline(always)]
    fn begin_piece(&mut self) {}

    /// The next token of the piece.
    fn push(&mut self, token: u32);

    /// The next tokens of the piece.
    #[inline(always)]
    fn extend(&mut self, tokens: &[u32]) {
        tokens.iter().for_each(|&token| self.push(token));
    }
}

impl Sink for Vec<u32> {
    #[inline(always)]
    fn push(&mut self, token: u32) {
        Vec::push(self, token);
    }
}

/// Counts tokens.
#[derive(Default)]
pub struct Count(pub usize);

impl Sink for Count {
    #[inline(always)]
    fn push(&mut self, _: u32) {
        self.0 += 1;
    }
}

/// Collects tokens and counts those of the last piece.
#[derive(Default)]
pub struct WithLastPiece {
    pub tokens: Vec<u32>,
    pub last_piece: usize,
}

impl Sink for WithLastPiece {
    fn begin_piece(&mut self) {
        self.last_piece = 0;
    }

    fn push(&mut self, token: u32) {
        self.last_piece += 1;
        self.tokens.push(token);
    }
}

/// Sends the tokens of a text to `sink`; text of special tokens is ordinary text.
pub fn encode(text: &str, sink: &mut impl Sink) {
    let text = text.as_bytes();
    let mut batch = Batch::new(text);
    let mut at = 0;
    while at < text.len() {
        let boundaries = match text[at..].first_chunk() {
            Some(window) => boundaries(window),
            None => 0,
        };
        if boundaries != 0 {
            at = batch.add_all(at, boundaries);
        } else {
            let end = piece_end(text, at);
            batch.add(at, end);
            at = end;
        }
        if batch.len > BATCH - WINDOW {
            batch.flush(sink);
        }
    }
    batch.flush(sink);
}

/// Pieces whose table lines are on their way from memory.
const BATCH: usize = 128;

/// Pieces that are hashed, and not yet looked up.
///
/// Between the two steps the lines of all pieces are fetched at once; looked up one by one, each piece would wait for its own.
struct Batch<'t> {
    text: &'t [u8],
    len: usize,
    ranges: [(usize, usize); BATCH],
    keys: [u128; BATCH],
    lines: [u32; BATCH],
    memo: Memo,
}

impl<'t> Batch<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            len: 0,
            ranges: [(0, 0); BATCH],
            keys: [0; BATCH],
            lines: [0; BATCH],
            memo: Memo::default(),
        }
    }

    #[inline(always)]
    fn add(&mut self, start: usize, end: usize) {
        let key = key_of(self.text, start, end);
        let line = line_of(key);
        prefetch_line(line);
        self.ranges[self.len] = (start, end);
        self.keys[self.len] = key;
        self.lines[self.len] = line;
        self.len += 1;
    }

    /// Adds the pieces between `start` and the boundaries behind it, and returns the last boundary.
    #[inline(always)]
    fn add_all(&mut self, start: usize, mut boundaries: u64) -> usize {
        let mut at = start;
        while boundaries != 0 {
            let end = start + boundaries.trailing_zeros() as usize;
            self.add(at, end);
            boundaries &= boundaries - 1;
            at = end;
        }
        at
    }

    /// Looks all pieces up and sends their tokens to `sink`.
    fn flush(&mut self, sink: &mut impl Sink) {
        for index in 0..self.len {
            let (start, end) = self.ranges[index];
            let token = if end - start <= SHORT {
                short_piece(self.keys[index], self.lines[index])
            } else {
                long_piece(&self.text[start..end])
            };
            sink.begin_piece();
            if token == NONE {
                self.merge(index, sink);
            } else {
                sink.push(token);
            }
        }
        self.len = 0;
    }

    /// A piece that is no token: from the memo, or merged.
    #[inline(never)]
    fn merge(&mut self, index: usize, sink: &mut impl Sink) {
        let (start, end) = self.ranges[index];
        let piece = &self.text[start..end];
        if piece.len() > LONGEST {
            return merge_piece(piece, |token| sink.push(token));
        }
        let key = self.memo_key(index);
        if let Some(tokens) = self.memo.get(key) {
            return sink.extend(tokens);
        }
        let mut tokens = [0; LONGEST];
        let mut len = 0;
        merge_piece(piece, |token| {
            tokens[len] = token;
            len += 1;
        });
        self.memo.keep(key, &tokens[..len]);
        sink.extend(&tokens[..len]);
    }

    /// The key of a piece in the memo; meaningless for one that is too long for it.
    #[inline(always)]
    fn memo_key(&self, index: usize) -> [u128; 2] {
        let (start, end) = self.ranges[index];
        match end - start {
            0..=SHORT => [self.keys[index], 0],
            len => {
                let rest = (len - 16).min(SHORT);
                let second = load(self.text, start + 16) & MASKS[rest];
                [load(self.text, start), short_key(second, rest + 16)]
            }
        }
    }
}

/// By length, the bits of a 128-bit load that belong to the piece.
static MASKS: [u128; 16] = {
    let mut masks = [0; 16];
    let mut len = 1;
    while len < 16 {
        masks[len] = u128::MAX >> (128 - 8 * len);
        len += 1;
    }
    masks
};

/// The key of a short piece; of a longer one, something that only has a line.
#[inline(always)]
fn key_of(text: &[u8], start: usize, end: usize) -> u128 {
    let len = (end - start).min(SHORT);
    short_key(load(text, start) & MASKS[len], len)
}

/// The 16 bytes at `start`, zeros behind the end of the text.
#[inline(always)]
fn load(text: &[u8], start: usize) -> u128 {
    match text[start..].first_chunk::<16>() {
        Some(chunk) => u128::from_le_bytes(*chunk),
        None => {
            let mut padded = [0; 16];
            padded[..text.len() - start].copy_from_slice(&text[start..]);
            u128::from_le_bytes(padded)
        }
    }
}
