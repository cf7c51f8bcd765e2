//! The special tokens that give a conversation its form: name, text and id.

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
    /// `<|message|>` stands between header and content.
    Message,
    /// `<|channel|>` stands before the channel's name.
    Channel,
    /// `<|constrain|>` stands before a content type that was enforced.
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

    /// The token's id.
    pub const fn id(self) -> u32 {
        match self {
            Self::EndOfText => 199_999,
            Self::Return => 200_002,
            Self::Constrain => 200_003,
            Self::Channel => 200_005,
            Self::Start => 200_006,
            Self::End => 200_007,
            Self::Message => 200_008,
            Self::Call => 200_012,
        }
    }

    /// The token as text.
    pub const fn text(self) -> &'static str {
        match self {
            Self::EndOfText => "<|endoftext|>",
            Self::Return => "<|return|>",
            Self::Constrain => "<|constrain|>",
            Self::Channel => "<|channel|>",
            Self::Start => "<|start|>",
            Self::End => "<|end|>",
            Self::Message => "<|message|>",
            Self::Call => "<|call|>",
        }
    }

    /// The formatting token with this id.
    pub const fn from_id(id: u32) -> Option<Self> {
        Some(match id {
            199_999 => Self::EndOfText,
            200_002 => Self::Return,
            200_003 => Self::Constrain,
            200_005 => Self::Channel,
            200_006 => Self::Start,
            200_007 => Self::End,
            200_008 => Self::Message,
            200_012 => Self::Call,
            _ => return None,
        })
    }

    /// Whether it ends a message: `<|end|>`, `<|return|>` or `<|call|>`.
    pub const fn is_stop(self) -> bool {
        matches!(self, Self::End | Self::Return | Self::Call)
    }
}

#[cfg(test)]
mod tests {
    use super::FormattingToken;
    use crate::tokenizer::Tokenizer;

    #[test]
    fn names_and_ids_are_those_of_the_tokenizer() {
        for &token in FormattingToken::ALL {
            let id = Tokenizer::o200k_harmony().special_id(token.text());
            assert_eq!(id, Some(token.id()), "{}", token.text());
            assert_eq!(FormattingToken::from_id(token.id()), Some(token));
        }
    }
}
