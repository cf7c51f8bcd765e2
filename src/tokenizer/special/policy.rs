//! What becomes of the text of special tokens in a text to encode.

use std::collections::BTreeSet;

use super::id;
use super::search::{find, Found};
use crate::error::EncodeError;

/// What becomes of the text of special tokens, such as `<|end|>`, in a text to encode.
///
/// The text of a special token
/// - becomes that token if it is allowed and not disallowed,
/// - is an [`EncodeError`] if it is disallowed,
/// - is encoded as ordinary text otherwise.
///
/// [`SpecialTokens::All`] as the disallowed set means all that are not allowed. These are the rules of `tiktoken`.
///
/// ```
/// use openai_harmony::tokenizer::{SpecialPolicy, SpecialTokens, Tokenizer};
///
/// let tokenizer = Tokenizer::o200k_harmony();
/// let text = "<|start|>user";
/// assert_eq!(tokenizer.encode_with(text, &SpecialPolicy::ALLOW_ALL)?, [200006, 1428]);
/// assert_eq!(tokenizer.encode_with(text, &SpecialPolicy::ORDINARY)?, [27, 91, 5236, 91, 29, 1428]);
///
/// // By default, what may have been meant as a control token is an error.
/// let error = tokenizer.encode_with(text, &SpecialPolicy::default()).unwrap_err();
/// assert_eq!(error.code(), "encode.disallowed_special");
///
/// let starts = SpecialPolicy::new(SpecialTokens::from(["<|start|>"]), SpecialTokens::All);
/// assert_eq!(tokenizer.encode_with(text, &starts)?, [200006, 1428]);
/// # Ok::<(), openai_harmony::error::EncodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecialPolicy {
    allowed: SpecialTokens,
    disallowed: SpecialTokens,
}

impl SpecialPolicy {
    /// The text of any special token is an error. This is the default.
    pub const DISALLOW_ALL: Self = Self::new(SpecialTokens::NONE, SpecialTokens::All);

    /// The text of any special token becomes that token. For text from a trusted source only.
    pub const ALLOW_ALL: Self = Self::new(SpecialTokens::All, SpecialTokens::NONE);

    /// The text of special tokens is ordinary text, as in [`Tokenizer::encode_ordinary`](super::super::Tokenizer::encode_ordinary).
    pub const ORDINARY: Self = Self::new(SpecialTokens::NONE, SpecialTokens::NONE);

    /// A policy from what is allowed and what is disallowed.
    #[must_use]
    pub const fn new(allowed: SpecialTokens, disallowed: SpecialTokens) -> Self {
        Self {
            allowed,
            disallowed,
        }
    }

    /// The error for the first disallowed text, if there is any. `find` finds the first wanted special token in the text.
    pub(crate) fn check<'t>(
        &self,
        text: &'t str,
        find: impl FnOnce(&dyn Fn(&str) -> bool) -> Option<Found<'t>>,
    ) -> Result<(), EncodeError> {
        let found = match &self.disallowed {
            SpecialTokens::All => find(&|special| !self.allows(special)).map(place_of),
            SpecialTokens::Only(list) => list.find(text),
        };
        match found {
            None => Ok(()),
            Some((position, token)) => Err(EncodeError::DisallowedSpecialToken {
                token: token.to_owned(),
                position,
            }),
        }
    }

    /// Whether the text of a special token becomes that token.
    pub(crate) fn allows(&self, special: &str) -> bool {
        match &self.allowed {
            SpecialTokens::All => true,
            SpecialTokens::Only(list) => list.contains(special),
        }
    }

    /// Whether the text of any special token becomes that token.
    pub(crate) fn allows_any(&self) -> bool {
        self.allowed != SpecialTokens::NONE
    }
}

impl Default for SpecialPolicy {
    fn default() -> Self {
        Self::DISALLOW_ALL
    }
}

/// Some or all special tokens, by their texts.
///
/// ```
/// use openai_harmony::tokenizer::SpecialTokens;
///
/// let tokens: SpecialTokens = ["<|start|>", "<|end|>"].into_iter().collect();
/// assert_eq!(tokens, SpecialTokens::from(["<|end|>", "<|start|>"]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpecialTokens {
    /// All of them.
    All,
    /// These; made [`from`](SpecialTokens::from) an array or by [`collect`](Iterator::collect).
    Only(SpecialList),
}

impl SpecialTokens {
    /// No special tokens.
    pub const NONE: Self = Self::Only(SpecialList {
        ids: BTreeSet::new(),
        others: BTreeSet::new(),
    });
}

impl<S: AsRef<str>> FromIterator<S> for SpecialTokens {
    fn from_iter<I: IntoIterator<Item = S>>(texts: I) -> Self {
        let mut list = SpecialList::default();
        for text in texts {
            list.add(text.as_ref());
        }
        Self::Only(list)
    }
}

impl<S: AsRef<str>, const N: usize> From<[S; N]> for SpecialTokens {
    fn from(texts: [S; N]) -> Self {
        texts.into_iter().collect()
    }
}

/// A list of texts of special tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpecialList {
    ids: BTreeSet<u32>,
    /// Texts of no special token. They can be disallowed all the same, as in `tiktoken`.
    others: BTreeSet<String>,
}

impl SpecialList {
    fn add(&mut self, text: &str) {
        match id(text) {
            Some(id) => {
                self.ids.insert(id);
            }
            None => {
                self.others.insert(text.to_owned());
            }
        }
    }

    fn contains(&self, text: &str) -> bool {
        match id(text) {
            Some(id) => self.ids.contains(&id),
            None => self.others.contains(text),
        }
    }

    /// The first of them in `text`, and where it begins.
    fn find<'t>(&self, text: &'t str) -> Option<(usize, &'t str)> {
        let special = match self.ids.is_empty() {
            true => None,
            false => find(text, 0, |id, _| self.ids.contains(&id)).map(place_of),
        };
        let others = self.others.iter().filter_map(|other| {
            let at = text.find(other.as_str())?;
            Some((at, &text[at..at + other.len()]))
        });
        others.chain(special).min()
    }
}

fn place_of(found: Found<'_>) -> (usize, &str) {
    (found.start, found.text)
}
