//! The special tokens that give a conversation its form: name, text and id.

use crate::tokenizer::special::names;
use crate::tokenizer::Tokenizer;

/// A special token of the format.
///
/// The ids are those of `o200k_harmony`; a test holds them to the tokenizer's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FormattingToken {
    /// `<|start|>` begins a message.
    Start,
    /// `<|end|>` ends a message.
    End,
    /// `<|message|>` separates header and content.
    Message,
    /// `<|channel|>` precedes the channel's name.
    Channel,
    /// `<|constrain|>` precedes a content type that was enforced.
    Constrain,
    /// `<|return|>` ends the model's turn.
    Return,
    /// `<|call|>` ends a message to a tool.
    Call,
    /// `<|endoftext|>` ends a document.
    EndOfText,
}

impl FormattingToken {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Start,
        Self::End,
        Self::Message,
        Self::Channel,
        Self::Constrain,
        Self::Return,
        Self::Call,
        Self::EndOfText,
    ];

    const fn named(self) -> names::Named {
        match self {
            Self::Start => names::START,
            Self::End => names::END,
            Self::Message => names::MESSAGE,
            Self::Channel => names::CHANNEL,
            Self::Constrain => names::CONSTRAIN,
            Self::Return => names::RETURN,
            Self::Call => names::CALL,
            Self::EndOfText => names::END_OF_TEXT,
        }
    }

    /// The token's id in `o200k_harmony`, the vocabulary of the gpt-oss models.
    pub const fn id(self) -> u32 {
        self.named().id
    }

    /// The token as text.
    pub const fn text(self) -> &'static str {
        self.named().text
    }

    /// The formatting token with this id in `o200k_harmony`.
    pub const fn from_id(id: u32) -> Option<Self> {
        let mut index = 0;
        while index < Self::ALL.len() {
            if Self::ALL[index].id() == id {
                return Some(Self::ALL[index]);
            }
            index += 1;
        }
        None
    }

    /// The id in a vocabulary, which may be a registered one with other ids.
    pub(crate) fn id_in(self, tokenizer: &Tokenizer) -> u32 {
        tokenizer.named_id(self.named())
    }

    /// The formatting token with this id in a vocabulary.
    pub(crate) fn from_id_in(tokenizer: &Tokenizer, id: u32) -> Option<Self> {
        tokenizer.named_as(id).and_then(Self::from_id)
    }

    /// Whether it ends a message: `<|end|>`, `<|return|>` or `<|call|>`.
    pub const fn is_stop(self) -> bool {
        matches!(self, Self::End | Self::Return | Self::Call)
    }
}

#[cfg(test)]
mod tests {
    use super::{FormattingToken, Tokenizer};

    #[test]
    fn names_and_ids_are_those_of_the_tokenizer() {
        for &token in FormattingToken::ALL {
            let id = Tokenizer::o200k_harmony().special_id(token.text());
            assert_eq!(id, Some(token.id()), "{}", token.text());
            assert_eq!(FormattingToken::from_id(token.id()), Some(token));
        }
    }
}
