//! The author: role words, names of tools, and channels in a role's place (H3, H9).

use super::{ClosedBy, Reader};
use crate::chat::{Author, Role};
use crate::encoding::header::word::{
    before_special, is_cut_off_role, is_tool_name, named_author, split_channel, split_role,
};
use crate::encoding::repair::RepairKind;

impl Reader<'_> {
    pub(super) fn read_author(&mut self) {
        self.read_roles();
        if self.author.is_none() {
            self.read_tool_name();
        }
        self.read_bare_channel();
    }

    /// Role words, repeated or glued to each other (`assistantassistant`).
    fn read_roles(&mut self) {
        while let Some(word) = self.word(self.at) {
            // Looked for only once: in a run of glued roles it would go over the whole run for each of them.
            if self.author.is_none() {
                if let Some(author) = named_author(word) {
                    self.author = Some(author);
                    self.says_something = true;
                    self.advance_lexeme();
                    continue;
                }
            }
            let Some((role, rest)) = split_role(word) else {
                return;
            };
            let known = self.author.as_ref().map(|author| author.role);
            let ends_well = rest.is_empty()
                || split_role(rest).is_some()
                || rest.starts_with("to=")
                || split_channel(rest).is_some_and(|(_, rest)| rest.is_empty());
            if !ends_well || known.is_some_and(|known| known != role) {
                return;
            }
            let length = word.len() - rest.len();
            match known {
                None => self.author = Some(author_of_role(role)),
                Some(_) => self.record(RepairKind::RepeatedRole, self.at, length),
            }
            self.says_something = true;
            self.advance(length);
        }
    }

    /// A word in the place of the role that is not a role (H9).
    fn read_tool_name(&mut self) {
        let Some(word) = self.word(self.at) else {
            return;
        };
        let (word, is_last) = (word.to_owned(), self.at + 1 == self.lexemes.len());
        if word == "to" || word.starts_with("to=") {
            return;
        }
        let is_channel = split_channel(&word).is_some_and(|(_, rest)| rest.is_empty());
        if is_channel {
            return;
        }
        if is_last && self.input.closed_by == ClosedBy::EndOfStream && is_cut_off_role(&word) {
            return self.drop_lexeme(RepairKind::AbandonedHeader);
        }
        if is_tool_name(&word) || !self.may_be_content() {
            if !is_tool_name(&word) {
                self.record(RepairKind::UnknownRole, self.at, word.len());
            }
            self.author = Some(Author::new(Role::Tool, before_special(&word)));
            self.says_something = true;
            self.advance_lexeme();
        }
    }

    /// A channel's name in or directly after the role's place, without `<|channel|>`.
    fn read_bare_channel(&mut self) {
        let Some(word) = self.word(self.at) else {
            return;
        };
        let in_the_roles_place = self.author.is_none();
        let Some((channel, "")) = split_channel(word) else {
            return;
        };
        if self.may_be_content() && !in_the_roles_place {
            return;
        }
        let range = self.lexemes[self.at].range.clone();
        self.record(RepairKind::UnmarkedChannel, self.at, range.len());
        self.set_channel(channel, range);
        self.advance_lexeme();
    }
}

/// As in 0.0.8, a tool that is only called `tool` has that for its name.
fn author_of_role(role: Role) -> Author {
    let name = (role == Role::Tool).then(|| role.as_str().to_owned());
    Author { role, name }
}
