//! The ids of a vocabulary, and which of them are special.

use std::collections::HashSet;

use super::{
    special::{self, names::Named, search::Found, set::SpecialSet},
    vocab, LoadedVocabulary, Tokenizer,
};

impl Tokenizer {
    /// The first text of a wanted special token in `text`, and where it begins.
    ///
    /// Costs next to nothing where the text has no `<|`.
    ///
    /// ```
    /// use openai_harmony::tokenizer::Tokenizer;
    ///
    /// let found = Tokenizer::o200k_harmony().find_special("a <|end|> b", |_| true);
    /// assert_eq!(found, Some((2, "<|end|>")));
    /// ```
    pub fn find_special<'t>(
        &self,
        text: &'t str,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<(usize, &'t str)> {
        self.find(text, 0, wanted)
            .map(|found| (found.start, found.text))
    }

    /// The first wanted special token's text at or after `start`.
    pub(super) fn find<'t>(
        &self,
        text: &'t str,
        start: usize,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<Found<'t>> {
        match &self.specials {
            None => special::find(text, start, |_, special| wanted(special)),
            Some(specials) => specials.find(text, start, wanted),
        }
    }

    /// The bytes of a token, ordinary or special; `None` for an id that no token has.
    pub fn token_bytes(&self, token: u32) -> Option<&[u8]> {
        let Some(specials) = &self.specials else {
            return vocab::token_bytes(token);
        };
        if let Some(text) = specials.text(token) {
            return Some(text.as_bytes());
        }
        match &self.vocabulary {
            Some(vocabulary) => vocabulary.token_bytes(token),
            // Ids of the built-in special tokens that are not among those of this tokenizer.
            None if special::is_special(token) => None,
            None => vocab::token_bytes(token),
        }
    }

    /// The number of token ids, special tokens included: every id is less than this.
    pub fn token_count(&self) -> usize {
        let ordinary = self.vocabulary.as_ref().map_or(
            special::names::IDS.start as usize,
            LoadedVocabulary::id_count,
        );
        match &self.specials {
            None => Self::TOKEN_COUNT,
            Some(specials) => ordinary.max(specials.id_count()),
        }
    }

    /// The text of all special tokens.
    pub fn special_tokens(&self) -> HashSet<&str> {
        match &self.specials {
            None => special::names::IDS.filter_map(special::text).collect(),
            Some(specials) => specials.all().collect(),
        }
    }

    /// Whether the id is a special token's.
    pub fn is_special_token(&self, token: u32) -> bool {
        match &self.specials {
            None => special::is_special(token),
            Some(specials) => specials.text(token).is_some(),
        }
    }

    /// The lowest id of a special token: all ids below it are ordinary.
    #[inline]
    pub(crate) fn first_special(&self) -> u32 {
        self.specials
            .as_ref()
            .map_or(special::names::IDS.start, SpecialSet::lowest)
    }

    /// The id that a token of `o200k_harmony` has in this vocabulary.
    pub(crate) fn named_id(&self, named: Named) -> u32 {
        match &self.specials {
            None => named.id,
            Some(specials) => specials.named_id(named),
        }
    }

    /// The id that a special token of this vocabulary has in `o200k_harmony`, if it has a name of its own there.
    pub(crate) fn named_as(&self, token: u32) -> Option<u32> {
        match &self.specials {
            None => Some(token),
            Some(specials) => specials.named(token).map(|named| named.id),
        }
    }

    /// Where the first character is that a special token's text may begin with.
    pub(crate) fn special_opening(&self, text: &str) -> Option<usize> {
        match &self.specials {
            None => text.find('<'),
            Some(specials) => specials.opening(text),
        }
    }

    /// The special token's text that `text` starts with, and its id.
    pub(crate) fn starts_with_special<'t>(&self, text: &'t str) -> Option<(&'t str, u32)> {
        match &self.specials {
            None => special::starts(text),
            Some(specials) => specials.starts(text, |_| true),
        }
    }

    /// Whether more text would make `text` a special token's: `<|en`.
    pub(crate) fn may_begin_special(&self, text: &str) -> bool {
        match &self.specials {
            None => special::may_begin(text),
            Some(specials) => specials.may_begin(text),
        }
    }

    /// Whether the id is an ordinary token's: text.
    pub(crate) fn is_ordinary_token(&self, token: u32) -> bool {
        token < special::names::IDS.start
    }

    /// The id of the ordinary token that has exactly these bytes.
    ///
    /// ```
    /// use openai_harmony::tokenizer::Tokenizer;
    ///
    /// let tokenizer = Tokenizer::o200k_harmony();
    /// assert_eq!(tokenizer.ordinary_id(b"Hello"), Some(13225));
    /// assert_eq!(tokenizer.ordinary_id(b"Hello, World!"), None);
    /// ```
    pub fn ordinary_id(&self, bytes: &[u8]) -> Option<u32> {
        match &self.vocabulary {
            None => vocab::ordinary_token(bytes),
            Some(vocabulary) => vocabulary.id(bytes),
        }
    }

    /// The id of a special token's text.
    pub fn special_id(&self, text: &str) -> Option<u32> {
        match &self.specials {
            None => special::id(text),
            Some(specials) => specials.id(text),
        }
    }

    /// The text of a special token.
    pub fn special_text(&self, id: u32) -> Option<&str> {
        match &self.specials {
            None => special::text(id),
            Some(specials) => specials.text(id),
        }
    }
}
