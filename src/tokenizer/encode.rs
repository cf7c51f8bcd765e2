//! Text to tokens: split, look each piece up as a whole, merge what is no token.

use std::ops::Range;

use super::{
    layout::{short_key, NONE, SHORT},
    long_memo,
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
        let next = match text[at..].first_chunk() {
            Some(readable) => batch.add_window(at, readable),
            None => at,
        };
        at = if next > at {
            next
        } else {
            batch.add_exact(at, sink)
        };
        if batch.len > BATCH - WINDOW {
            batch.flush(sink);
        }
    }
    batch.flush(sink);
}

/// Pieces whose table lines are on their way from memory; a power of two.
const BATCH: usize = 128;

/// The bytes of a window, and as many more that the key of its last piece can be loaded.
const READABLE: usize = WINDOW + 16;

/// Pieces that are hashed, and not yet looked up.
///
/// Between the two steps the lines of all pieces are fetched at once; looked up one by one, each piece would wait for its own.
struct Batch<'t> {
    text: &'t [u8],
    len: usize,
    pieces: [Piece; BATCH],
    memo: Memo,
}

#[derive(Clone, Copy)]
struct Piece {
    /// The key of a short piece; of a longer one, something that only has a line.
    key: u128,
    start: usize,
    len: u32,
    line: u32,
}

impl Piece {
    const EMPTY: Self = Self {
        key: 0,
        start: 0,
        len: 0,
        line: 0,
    };

    #[inline(always)]
    fn range(&self) -> Range<usize> {
        self.start..self.start + self.len as usize
    }
}

impl<'t> Batch<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            len: 0,
            pieces: [Piece::EMPTY; BATCH],
            memo: Memo::default(),
        }
    }

    /// Adds the piece at `start`, found by the exact path, and returns its end.
    fn add_exact(&mut self, start: usize, sink: &mut impl Sink) -> usize {
        let end = piece_end(self.text, start);
        match u32::try_from(end - start) {
            Ok(len) => self.put(start, len, load(self.text, start)),
            // A piece of 4 GiB is no token.
            Err(_) => {
                self.flush(sink);
                sink.begin_piece();
                merge_piece(&self.text[start..end], |token| sink.push(token));
            }
        }
        end
    }

    /// Adds the pieces of a window whose ends are certain, and returns where the last ends.
    #[inline(always)]
    fn add_window(&mut self, start: usize, readable: &[u8; READABLE]) -> usize {
        let Some(window) = readable.first_chunk() else {
            return start;
        };
        let mut ends = boundaries(window);
        let mut at = 0;
        while ends != 0 {
            let end = ends.trailing_zeros() as usize;
            ends &= ends - 1;
            // `at` is below 64 anyway; said again, it needs no check.
            let bytes = readable[at % WINDOW..]
                .first_chunk()
                .map_or(0, |bytes| u128::from_le_bytes(*bytes));
            self.put(start + at, (end - at) as u32, bytes);
            at = end;
        }
        start + at
    }

    /// Adds a piece, of which `bytes` are the first 16, whatever follows it.
    #[inline(always)]
    fn put(&mut self, start: usize, len: u32, bytes: u128) {
        let short = (len as usize).min(SHORT);
        let key = short_key(bytes & MASKS[short], short);
        let line = line_of(key);
        prefetch_line(line);
        self.pieces[self.len % BATCH] = Piece {
            key,
            start,
            len,
            line,
        };
        self.len += 1;
    }

    /// Looks all pieces up and sends their tokens to `sink`.
    fn flush(&mut self, sink: &mut impl Sink) {
        for index in 0..self.len {
            let piece = self.pieces[index % BATCH];
            let token = if piece.len as usize <= SHORT {
                short_piece(piece.key, piece.line)
            } else {
                long_piece(&self.text[piece.range()])
            };
            sink.begin_piece();
            if token == NONE {
                self.merge(piece, sink);
            } else {
                sink.push(token);
            }
        }
        self.len = 0;
    }

    /// A piece that is no token: from the memo, or merged.
    #[inline(never)]
    fn merge(&mut self, piece: Piece, sink: &mut impl Sink) {
        let bytes = &self.text[piece.range()];
        if bytes.len() > long_memo::LONGEST {
            return merge_piece(bytes, |token| sink.push(token));
        }
        if bytes.len() > LONGEST {
            let merge = |push: &mut dyn FnMut(u32)| merge_piece(bytes, push);
            return long_memo::merged(bytes, merge, &mut |token| sink.push(token));
        }
        let key = self.memo_key(piece);
        if let Some(tokens) = self.memo.get(key) {
            return sink.extend(tokens);
        }
        let mut tokens = [0; LONGEST];
        let mut len = 0;
        merge_piece(bytes, |token| {
            tokens[len] = token;
            len += 1;
        });
        self.memo.keep(key, &tokens[..len]);
        sink.extend(&tokens[..len]);
    }

    /// The key in the memo of a piece of up to 31 bytes.
    fn memo_key(&self, piece: Piece) -> [u128; 2] {
        match piece.len as usize {
            0..=SHORT => [piece.key, 0],
            len => {
                let rest = (len - 16).min(SHORT);
                let second = load(self.text, piece.start + 16) & MASKS[rest];
                [load(self.text, piece.start), short_key(second, rest + 16)]
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
