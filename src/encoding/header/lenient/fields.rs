//! Recipients (H5), content types (H6) and words that are neither (H8).

use std::ops::Range;

use super::{supersede, ClosedBy, Field, Reader};
use crate::chat::Role;
use crate::encoding::header::word::{is_content_type, is_cut_off_type, is_tool_name};
use crate::encoding::repair::RepairKind;
use crate::encoding::special::FormattingToken;

impl Reader<'_> {
    pub(super) fn read_constrained_type(&mut self) {
        let special = self.lexemes[self.at].range.clone();
        let word = match self.word(self.at + 1) {
            Some(word) if !word.starts_with("to=") => word.to_owned(),
            _ => return self.drop_lexeme(RepairKind::EmptyField),
        };
        if is_tool_name(&word) && self.recipient.is_none() {
            self.drop_lexeme(RepairKind::UnmarkedRecipient);
            return self.take_recipient(&word, false);
        }
        let name = match self.may_be_content() {
            true => leading_name(&word),
            false => &word,
        };
        if name.is_empty() {
            return self.drop_lexeme(RepairKind::EmptyField);
        }
        self.advance_lexeme();
        let range = special.start..self.lexemes[self.at].range.start + name.len();
        let value = format!("{}{name}", FormattingToken::Constrain.text());
        self.set_content_type(value, range);
        self.advance(name.len());
    }

    fn set_content_type(&mut self, value: String, range: Range<usize>) {
        let field = Field::new(&value, range, true);
        supersede(&mut self.content_type, field, &mut self.defects);
        self.says_something = true;
    }

    pub(super) fn read_word(&mut self) {
        let Some(word) = self.word(self.at).map(str::to_owned) else {
            return;
        };
        if let Some(name) = word.strip_prefix("to=") {
            return self.read_recipient(name.to_owned(), "to=".len());
        }
        if word == "to"
            && self
                .word(self.at + 1)
                .is_some_and(|next| next.starts_with('='))
        {
            self.record(RepairKind::RecipientSpelling, self.at, word.len());
            self.advance_lexeme();
            let name = self.word(self.at).unwrap_or_default()[1..].to_owned();
            return self.read_recipient(name, 1);
        }
        let may_be_content = self.may_be_content();
        let is_call = !may_be_content || self.input.closed_by == ClosedBy::Call;
        if self.is_cut_off(&word) {
            return self.drop_lexeme(RepairKind::AbandonedHeader);
        }
        let typed = !may_be_content || self.recipient.is_some();
        if is_content_type(&word) && self.content_type.is_none() && typed {
            let range = self.lexemes[self.at].range.clone();
            self.set_content_type(word, range);
            return self.advance_lexeme();
        }
        if is_tool_name(&word) && self.recipient.is_none() && is_call {
            self.record(RepairKind::UnmarkedRecipient, self.at, word.len());
            return self.take_recipient(&word, false);
        }
        let range = self.lexemes[self.at].range.clone();
        if may_be_content {
            self.content_from = Some(range.start);
            return;
        }
        self.leftovers.push(range);
        self.at += 1;
    }

    /// The name after `to=`, in the same word or, if that ends there, in the next.
    fn read_recipient(&mut self, name: String, prefix: usize) {
        if name.is_empty() {
            let next = self
                .word(self.at + 1)
                .filter(|next| self.can_be_addressed(next));
            return match next.map(str::to_owned) {
                Some(next) => {
                    self.record(RepairKind::RecipientSpelling, self.at, prefix);
                    self.advance_lexeme();
                    self.take_recipient(&next, true);
                }
                None => self.drop_lexeme(RepairKind::EmptyField),
            };
        }
        let taken = match self.may_be_content() {
            true => leading_name(&name),
            false => &name,
        };
        if taken.is_empty() {
            self.record(RepairKind::EmptyField, self.at, prefix);
            return self.advance(prefix);
        }
        let start = self.lexemes[self.at].range.start;
        let length = prefix + taken.len();
        self.set_recipient(taken, start..start + length, true);
        self.advance(length);
    }

    fn can_be_addressed(&self, word: &str) -> bool {
        is_tool_name(word)
            || Role::try_from(word).is_ok()
            || !self.may_be_content() && !is_content_type(word) && !word.starts_with("to=")
    }

    /// Takes the word at the cursor as the recipient.
    fn take_recipient(&mut self, name: &str, explicit: bool) {
        let range = self.lexemes[self.at].range.clone();
        self.set_recipient(name, range, explicit);
        self.advance_lexeme();
    }

    fn set_recipient(&mut self, name: &str, range: Range<usize>, explicit: bool) {
        let field = Field::new(name, range, explicit);
        supersede(&mut self.recipient, field, &mut self.defects);
        self.says_something = true;
    }

    /// Whether the stream ended inside this word of the header (H2).
    fn is_cut_off(&self, word: &str) -> bool {
        let is_last = self.at + 1 == self.lexemes.len();
        let in_header = self.channel.is_some() || self.input.started;
        self.input.closed_by == ClosedBy::EndOfStream
            && is_last
            && (self.recipient.is_some() && is_cut_off_type(word)
                || in_header && "to=".starts_with(word))
    }
}

/// The characters at the beginning that names and content types are made of: `json` of `json{"a":1}`.
fn leading_name(word: &str) -> &str {
    let is_name = |c: char| c.is_alphanumeric() || "_-.:/+".contains(c);
    let end = word.find(|c| !is_name(c)).unwrap_or(word.len());
    &word[..end]
}
