//! Bytes as the input of a parser: short inputs reach far into the format.

use openai_harmony::chat::Role;
use openai_harmony::FormattingToken;

/// Words of headers, which random bytes would never spell.
pub const WORDS: [&str; 20] = [
    "assistant",
    "user",
    "tool",
    "final",
    "analysis",
    "commentary",
    " to=functions.f",
    " to=",
    "=x",
    " json",
    " code",
    "python",
    " functions.f",
    " The answer",
    "assistantfinal",
    "--final",
    " ",
    "\n\n",
    "日本",
    "{\"a\":1}",
];

/// Precedes an id of four bytes; the bytes below are tokens of the format and words.
const ANY_ID: u8 = 28;

/// Bytes that are read from the front.
pub struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self { rest: data }
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// The role that the prompt ended in.
    pub fn role(&mut self) -> Option<Role> {
        match self.byte()? % 4 {
            0 => Some(Role::Assistant),
            1 => None,
            2 => Some(Role::User),
            _ => Some(Role::Tool),
        }
    }

    /// The size of the pieces that a stream is cut into, from 1 to 8.
    pub fn size(&mut self) -> usize {
        usize::from(self.byte().unwrap_or_default() % 8) + 1
    }

    /// Up to four changes of a value, each a node and what it becomes.
    pub fn changes(&mut self) -> Vec<Change> {
        let count = self.byte().unwrap_or_default() % 4 + 1;
        let change = |_| {
            let node = u16::from_le_bytes([self.byte()?, self.byte()?]);
            Some(Change {
                node: usize::from(node),
                kind: self.byte()?,
            })
        };
        (0..count).map_while(change).collect()
    }

    /// One byte for a token of the format or a word, five for any id, two for one of the first 58,112 ordinary tokens.
    pub fn tokens(mut self) -> Vec<u32> {
        let formats = FormattingToken::ALL.len();
        let mut tokens = Vec::new();
        while let Some(first) = self.byte() {
            let index = usize::from(first);
            if let Some(token) = FormattingToken::ALL.get(index) {
                tokens.push(token.id());
            } else if let Some(word) = WORDS.get(index - formats) {
                tokens.extend(super::encoding().tokenizer().encode_ordinary(word));
            } else if first == ANY_ID {
                let id: [u8; 4] = std::array::from_fn(|_| self.byte().unwrap_or_default());
                tokens.push(u32::from_le_bytes(id));
            } else {
                let second = self.byte().unwrap_or_default();
                tokens.push(u32::from(first - ANY_ID - 1) * 256 + u32::from(second));
            }
        }
        tokens
    }

    /// The bytes as text, which may name special tokens.
    pub fn text(self) -> String {
        String::from_utf8_lossy(self.rest).into_owned()
    }
}

/// A change of one node in a JSON value.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// Which node, counted from the root; beyond the last one it begins at the root again.
    pub node: usize,
    /// What becomes of it.
    pub kind: u8,
}
