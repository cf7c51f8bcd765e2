//! The channel after `<|channel|>` (H7).

use std::ops::Range;

use super::{supersede, Field, Reader};
use crate::encoding::header::word::{is_content_type, is_tool_name, split_channel};
use crate::encoding::repair::RepairKind;

impl Reader<'_> {
    pub(super) fn read_channel(&mut self) {
        let special = self.at;
        self.advance_lexeme();
        while self
            .word(self.at)
            .is_some_and(|word| trim_marks(word).is_empty())
        {
            self.drop_lexeme(RepairKind::UnexpectedWords);
        }
        let Some(word) = self.word(self.at) else {
            return self.record(RepairKind::EmptyField, special, 0);
        };
        let start = self.lexemes[special].range.start;
        let end = self.lexemes[self.at].range.end;
        let name = word.trim_start_matches(is_mark);

        if let Some((channel, rest)) = split_channel(name) {
            if word != channel {
                self.record(RepairKind::ChannelSpelling, self.at, word.len());
            }
            let length = word.len() - rest.len();
            let more = rest.starts_with("to=")
                || is_content_type(rest)
                || self.may_be_content() && !trim_marks(rest).is_empty();
            self.set_channel(channel, start..end);
            return match more {
                true => self.advance(length),
                false => self.advance_lexeme(),
            };
        }
        if self.begins_a_recipient(self.at) || self.begins_a_sentence(self.at) {
            return self.record(RepairKind::EmptyField, special, 0);
        }
        let name = trim_marks(word).to_owned();
        if name != word {
            self.record(RepairKind::ChannelSpelling, self.at, word.len());
        }
        self.set_channel(&name, start..end);
        self.advance_lexeme();
    }

    /// Whether the word at `at` is no name but the beginning of a recipient. A channel may be called `to`.
    fn begins_a_recipient(&self, at: usize) -> bool {
        match self.word(at) {
            Some("to") => self.word(at + 1).is_some_and(|next| next.starts_with('=')),
            word => word.is_some_and(is_recipient),
        }
    }

    /// Whether the word at `at` has plain words after it, so that it is not a name.
    fn begins_a_sentence(&self, at: usize) -> bool {
        match self.word(at + 1) {
            None => false,
            Some(next) if is_recipient(next) => false,
            Some(next) if is_content_type(next) => {
                self.word(at + 2).is_some_and(|word| !is_recipient(word))
            }
            Some(_) => true,
        }
    }

    pub(super) fn set_channel(&mut self, name: &str, range: Range<usize>) {
        let field = Field::new(name, range, true);
        supersede(&mut self.channel, field, &mut self.defects);
        self.says_something = true;
    }
}

/// Whether the word is or begins a recipient.
fn is_recipient(word: &str) -> bool {
    word == "to" || word.starts_with("to=") || is_tool_name(word)
}

fn is_mark(c: char) -> bool {
    !c.is_alphanumeric() && c != '_'
}

fn trim_marks(word: &str) -> &str {
    word.trim_matches(is_mark)
}
