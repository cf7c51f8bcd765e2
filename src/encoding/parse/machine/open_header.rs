//! A header that is being read.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::piece::Piece;
use crate::encoding::header::lenient::{Defect, ParsedHeader};
use crate::encoding::header::SpecialSpan;
use crate::encoding::parse::place::{push_range, Ranges};
use crate::encoding::parse::utf8::Utf8Decoder;
use crate::encoding::repair::{Repair, RepairKind};
use crate::encoding::special::FormattingToken;
use crate::tokenizer::Tokenizer;

/// The text of an open header, and which token brought which part of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct OpenHeader {
    /// Special tokens are part of it, as text.
    pub text: String,
    pub specials: Vec<SpecialSpan>,
    decoder: Utf8Decoder,
    /// The position of the first token, which is `<|start|>` if there is one.
    pub first: usize,
    /// Whether a `<|start|>` of the stream opened it.
    pub started: bool,
    /// Whether it follows the prompt or a `<|start|>`; if not, a `<|start|>` was missing.
    pub announced: bool,
    has_unknown_ids: bool,
    /// For each token after `<|start|>`: its position, and where its text ends in bytes.
    tokens: Vec<(usize, usize)>,
}

impl OpenHeader {
    /// A header that begins at a position of the stream, with `<|start|>` or after a prompt.
    pub fn announced(first: usize, started: bool) -> Self {
        Self {
            first,
            started,
            announced: true,
            ..Self::default()
        }
    }

    /// A header that begins without `<|start|>`.
    pub fn unannounced(first: usize) -> Self {
        Self {
            announced: false,
            ..Self::announced(first, false)
        }
    }

    pub fn push(&mut self, piece: Piece<'_>, position: usize) {
        if let Piece::Bytes(bytes) = piece {
            self.decoder.push(bytes, &mut self.text);
        } else {
            self.decoder.flush(&mut self.text);
            let start = self.text.len();
            self.decoder.push(piece.bytes(), &mut self.text);
            let range = start..self.text.len();
            self.specials
                .extend(piece.special_id().map(|id| SpecialSpan { id, range }));
        }
        self.has_unknown_ids |= matches!(piece, Piece::Unknown);
        self.tokens.push((position, self.text.len()));
    }

    /// Ends the text: what is left of a character becomes U+FFFD.
    pub fn seal(&mut self) {
        self.decoder.flush(&mut self.text);
        if let Some((_, end)) = self.tokens.last_mut() {
            *end = self.text.len();
        }
    }

    /// Whether it can be open in a stream of `end` positions; one that was read from a file may be anything.
    pub fn is_valid(&self, end: usize, tokenizer: &Tokenizer) -> bool {
        let mut marked_to = 0;
        let specials_fit = self.specials.iter().all(|special| {
            let range = &special.range;
            let marked = self.text.get(range.clone());
            let is_token = match FormattingToken::from_id(special.id) {
                Some(token) => marked == Some(token.text()),
                None => marked.is_some_and(|text| tokenizer.special_id(text).is_some()),
            };
            let fits = marked_to <= range.start && is_token;
            marked_to = range.end;
            fits
        });
        let mut before = (self.first, 0);
        let tokens_fit = self.tokens.iter().all(|&(position, text_end)| {
            let fits = before.0 <= position && position <= end && before.1 <= text_end;
            before = (position, text_end);
            fits && self.text.is_char_boundary(text_end)
        });
        self.decoder.is_valid() && specials_fit && tokens_fit && self.first <= end
    }

    /// Whether all its tokens were text.
    pub fn is_decodable(&self) -> bool {
        !self.has_unknown_ids && !self.decoder.has_replaced()
    }

    /// The whole text, with the `<|start|>` that opened it.
    pub fn full_text(&self) -> String {
        let start = if self.started { "<|start|>" } else { "" };
        format!("{start}{}", self.text)
    }

    /// Gives each token to the header, to the content, or to one of the repairs.
    pub fn settle(&self, parsed: &ParsedHeader, end: usize) -> Settled {
        let first_token = self.tokens.first().map_or(end, |(position, _)| *position);
        let mut settled = Settled::default();
        push_range(&mut settled.header, self.first..first_token);

        let mut defects = Owners::new(&self.text, &parsed.defects);
        let mut text_start = 0;
        for (index, &(position, text_end)) in self.tokens.iter().enumerate() {
            let next = self.tokens.get(index + 1).map_or(end, |(next, _)| *next);
            let in_content = parsed.content_from.is_some_and(|from| {
                text_end > from || text_start == text_end && text_start >= from
            });
            let owned = defects.claim(text_start..text_end, position..next, in_content);
            if !owned {
                let owner = if in_content {
                    &mut settled.content
                } else {
                    &mut settled.header
                };
                push_range(owner, position..next);
            }
            text_start = text_end;
        }
        settled.repairs = defects.finish(end);
        settled
    }

    /// The text from `from` on, without the special tokens.
    pub fn content(&self, from: usize) -> String {
        let mut content = String::new();
        let mut start = from;
        for special in self
            .specials
            .iter()
            .filter(|special| special.range.start >= from)
        {
            content.push_str(&self.text[start..special.range.start]);
            start = special.range.end;
        }
        content.push_str(&self.text[start..]);
        content
    }
}

/// To whom the tokens of a header went.
#[derive(Debug, Default)]
pub struct Settled {
    pub header: Ranges,
    pub content: Ranges,
    pub repairs: Vec<Repair>,
}

impl Settled {
    /// Records that `<|message|>` is missing where the content begins, or at `end` if there is no content.
    pub fn insert_missing_message(&mut self, end: usize) {
        let at = self.content.first().map_or(end, |range| range.start);
        let before = self
            .repairs
            .partition_point(|repair| repair.tokens.start < at);
        let repair = Repair {
            kind: RepairKind::MissingMessage,
            tokens: at..at,
            text: String::new(),
        };
        self.repairs.insert(before, repair);
    }
}

/// Walks the defects of a header along with its tokens.
struct Owners<'a> {
    text: &'a str,
    defects: &'a [Defect],
    /// How many defects have become repairs.
    done: usize,
    /// The positions that the defect at `done` has claimed so far.
    claimed: Option<Range<usize>>,
    repairs: Vec<Repair>,
}

impl<'a> Owners<'a> {
    fn new(text: &'a str, defects: &'a [Defect]) -> Self {
        Self {
            text,
            defects,
            done: 0,
            claimed: None,
            repairs: Vec::new(),
        }
    }

    /// Whether a token belongs to a defect. In content only a token that is dropped as a whole does.
    fn claim(&mut self, bytes: Range<usize>, tokens: Range<usize>, in_content: bool) -> bool {
        while self
            .defects
            .get(self.done)
            .is_some_and(|defect| defect.range.end <= bytes.start)
        {
            self.close(tokens.start);
        }
        let mut owned = false;
        while let Some(defect) = self.defects.get(self.done) {
            if defect.range.start >= bytes.end {
                break;
            }
            let whole = defect.range.start <= bytes.start && bytes.end <= defect.range.end;
            if !defect.dropped {
                // Nothing is dropped there; the repair only says where it was.
                self.claimed.get_or_insert(tokens.start..tokens.start);
            } else if !owned && (whole || !in_content) {
                let start = self
                    .claimed
                    .take()
                    .map_or(tokens.start, |claimed| claimed.start);
                self.claimed = Some(start..tokens.end);
                owned = true;
            }
            if defect.range.end > bytes.end {
                break;
            }
            self.close(if owned { tokens.end } else { tokens.start });
        }
        owned
    }

    /// Makes a repair of the defect at `done`.
    fn close(&mut self, position: usize) {
        let defect = &self.defects[self.done];
        self.repairs.push(Repair {
            kind: defect.kind,
            tokens: self.claimed.take().unwrap_or(position..position),
            text: self.text[defect.range.clone()].to_owned(),
        });
        self.done += 1;
    }

    fn finish(mut self, end: usize) -> Vec<Repair> {
        while self.done < self.defects.len() {
            self.close(end);
        }
        self.repairs
    }
}
