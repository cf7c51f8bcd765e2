//! A header as models really write it.
//!
//! Every function is total: what cannot be read as header is content if no `<|message|>` followed, and otherwise a defect.
//! [`read`] goes over the words once. The readers of author, channel and the other fields each take their own.
//! The names H1 to H9 are those of the rules in `docs/parsing.md`.

mod author;
mod channel;
mod fields;

use std::ops::Range;

use super::content_type::without_special_text;
use super::lexeme::{lexemes, Lexeme, LexemeKind, SpecialSpan};
use super::Header;
use crate::chat::{Author, Role};
use crate::encoding::repair::RepairKind;
use crate::encoding::special::FormattingToken;

const CHANNEL: LexemeKind = LexemeKind::Special(FormattingToken::Channel.id());
const CONSTRAIN: LexemeKind = LexemeKind::Special(FormattingToken::Constrain.id());

/// What closed a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedBy {
    /// `<|message|>`, as it should be.
    Message,
    /// `<|call|>`: what was written was meant for a tool.
    Call,
    /// Another stop token.
    Stop,
    /// The end of the stream.
    EndOfStream,
}

/// A header to read, and how the stream framed it.
#[derive(Clone, Copy, Debug)]
pub struct HeaderInput<'a> {
    /// Its text, special tokens written as text.
    pub text: &'a str,
    /// Which parts of the text are special tokens; the same letters elsewhere are ordinary text.
    pub specials: &'a [SpecialSpan],
    /// The role if it is known already.
    pub role: Option<Role>,
    /// Whether a `<|start|>` of the stream opened it, so that a role should come first.
    pub started: bool,
    /// What closed it.
    pub closed_by: ClosedBy,
}

/// The header, and what was wrong with it.
#[derive(Clone, Debug)]
pub struct ParsedHeader {
    /// The header.
    pub header: Header,
    /// Where content begins, in bytes of the text, if it was not opened by `<|message|>`.
    pub content_from: Option<usize>,
    /// Whether anything at all was read as a part of a header.
    pub says_something: bool,
    /// What was dropped or read otherwise, in the order of the text.
    pub defects: Vec<Defect>,
}

/// A part of the text that was dropped or read otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    pub kind: RepairKind,
    /// Its place, in bytes of the text.
    pub range: Range<usize>,
    /// Whether it was dropped; else it was read, but it should have been written otherwise.
    pub dropped: bool,
}

/// Reads a header, whatever it holds.
pub fn read(input: HeaderInput<'_>) -> ParsedHeader {
    let mut reader = Reader::new(input);
    reader.read_author();
    while reader.content_from.is_none() && reader.at < reader.lexemes.len() {
        match reader.lexemes[reader.at].kind {
            CHANNEL => reader.read_channel(),
            CONSTRAIN => reader.read_constrained_type(),
            LexemeKind::Special(_) => reader.drop_lexeme(RepairKind::UnexpectedSpecial),
            LexemeKind::Word => reader.read_word(),
        }
    }
    reader.finish()
}

/// A field's value and where it was written.
struct Field {
    value: String,
    range: Range<usize>,
    /// For a recipient: written with `to=`.
    explicit: bool,
}

struct Reader<'a> {
    input: HeaderInput<'a>,
    lexemes: Vec<Lexeme>,
    at: usize,
    /// Words in front of the last `<|channel|>` are never content.
    last_channel: Option<usize>,
    author: Option<Author>,
    recipient: Option<Field>,
    channel: Option<Field>,
    content_type: Option<Field>,
    /// Words that are neither: content if they may be, otherwise defects.
    leftovers: Vec<Range<usize>>,
    content_from: Option<usize>,
    says_something: bool,
    defects: Vec<Defect>,
}

impl<'a> Reader<'a> {
    fn new(input: HeaderInput<'a>) -> Self {
        let lexemes = lexemes(input.text, input.specials);
        Self {
            last_channel: lexemes.iter().rposition(|lexeme| lexeme.kind == CHANNEL),
            // A role that the prompt gave is kept, unless the stream begins a header of its own.
            author: input.role.filter(|_| !input.started).map(Author::from),
            input,
            lexemes,
            at: 0,
            recipient: None,
            channel: None,
            content_type: None,
            leftovers: Vec::new(),
            content_from: None,
            says_something: false,
            defects: Vec::new(),
        }
    }

    // --- the cursor ---

    /// The word at `at`; `None` for a special token and after the end.
    fn word(&self, at: usize) -> Option<&'a str> {
        let lexeme = self.lexemes.get(at)?;
        (lexeme.kind == LexemeKind::Word).then(|| &self.input.text[lexeme.range.clone()])
    }

    /// The range of the lexeme at the cursor.
    fn here(&self) -> Range<usize> {
        self.lexemes[self.at].range.clone()
    }

    /// Without `<|message|>`, content begins at the first word that is not part of a header, but never before a `<|channel|>`.
    fn may_be_content(&self) -> bool {
        let after_channels = self.last_channel.is_none_or(|last| self.at > last);
        self.input.closed_by != ClosedBy::Message && after_channels
    }

    /// Moves on to the next lexeme.
    fn advance_lexeme(&mut self) {
        self.at += 1;
    }

    /// Moves on to the rest of the word, or to the next lexeme if nothing is left of it.
    fn advance(&mut self, length: usize) {
        let range = &mut self.lexemes[self.at].range;
        range.start += length;
        if range.start >= range.end {
            self.advance_lexeme();
        }
    }

    /// Drops the lexeme at the cursor.
    fn drop_lexeme(&mut self, kind: RepairKind) {
        self.defects.push(Defect::dropped(kind, self.here()));
        self.advance_lexeme();
    }

    /// Records that the first `length` bytes of a lexeme should have been written otherwise.
    fn record(&mut self, kind: RepairKind, at: usize, length: usize) {
        let start = self.lexemes[at].range.start;
        self.defects.push(Defect {
            kind,
            range: start..start + length,
            dropped: false,
        });
    }

    // --- the end ---

    fn finish(mut self) -> ParsedHeader {
        self.take_leftover_as_type();
        self.drop_leftovers();
        self.drop_specials_in_content();
        self.defects.sort_by_key(|defect| defect.range.start);

        let author = self.author.unwrap_or_else(|| {
            let role = self.input.role.unwrap_or(Role::Assistant);
            Author::from(role)
        });
        let is_own = |recipient: &str| {
            author.role == Role::Assistant && recipient == Role::Assistant.as_str()
        };
        let value = |field: Option<Field>| field.map(|field| field.value).filter(|v| !v.is_empty());
        ParsedHeader {
            header: Header {
                recipient: value(self.recipient).filter(|name| !is_own(name)),
                channel: value(self.channel),
                content_type: value(self.content_type),
                author,
            },
            content_from: self.content_from,
            says_something: self.says_something,
            defects: self.defects,
        }
    }

    /// As in 0.0.8, a call may have any one word for its content type: `to=functions.f xml`.
    fn take_leftover_as_type(&mut self) {
        let ([word], Some(recipient), None) =
            (&self.leftovers[..], &self.recipient, &self.content_type)
        else {
            return;
        };
        if recipient.explicit && recipient.range.start < word.start {
            let value = &self.input.text[word.clone()];
            self.content_type = Some(Field::new(value, word.clone(), true));
            self.leftovers.clear();
        }
    }

    /// Words without a meaning (H8), adjacent ones as one defect.
    fn drop_leftovers(&mut self) {
        let mut joined: Vec<Range<usize>> = Vec::new();
        for word in std::mem::take(&mut self.leftovers) {
            match joined.last_mut() {
                Some(last) if self.input.text[last.end..word.start].trim().is_empty() => {
                    last.end = word.end;
                }
                _ => joined.push(word),
            }
        }
        let defects = joined
            .into_iter()
            .map(|range| Defect::dropped(RepairKind::UnexpectedWords, range));
        self.defects.extend(defects);
    }

    /// Special tokens in what turned out to be content (C1).
    fn drop_specials_in_content(&mut self) {
        let content = self.lexemes.drain(self.at..);
        let specials = content.filter(|lexeme| lexeme.kind != LexemeKind::Word);
        let defects =
            specials.map(|special| Defect::dropped(RepairKind::UnexpectedSpecial, special.range));
        self.defects.extend(defects);
    }
}

impl Field {
    fn new(value: &str, range: Range<usize>, explicit: bool) -> Self {
        Self {
            value: without_special_text(value),
            range,
            explicit,
        }
    }
}

impl Defect {
    fn dropped(kind: RepairKind, range: Range<usize>) -> Self {
        Self {
            kind,
            range,
            dropped: true,
        }
    }
}

/// Puts a field in the place of an earlier one: the last wins.
fn supersede(slot: &mut Option<Field>, field: Field, defects: &mut Vec<Defect>) {
    if let Some(earlier) = slot.replace(field) {
        defects.push(Defect::dropped(RepairKind::SupersededField, earlier.range));
    }
}
