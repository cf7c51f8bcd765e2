//! The special tokens of a vocabulary that was registered.

use std::collections::{HashMap, HashSet};

use super::names::{Named, NAMED};
use super::search::Found;

/// Special tokens by text and by id, in any number and with any names.
#[derive(Debug, Default)]
pub struct SpecialSet {
    ids: HashMap<Box<str>, u32>,
    texts: HashMap<u32, Box<str>>,
    /// The lengths of the texts, longest first.
    lengths: Vec<usize>,
    /// The bytes that texts begin with.
    first_bytes: HashSet<u8>,
    /// All beginnings of texts that are not a whole text.
    beginnings: HashSet<Box<str>>,
    /// The ids here of [`NAMED`]; `None` for a token that the vocabulary does not have.
    named: [Option<u32>; NAMED.len()],
    lowest: u32,
}

impl SpecialSet {
    /// The set of these texts and ids; each text is there once, and so is each id.
    pub fn new(tokens: impl IntoIterator<Item = (Box<str>, u32)>) -> Self {
        let mut set = Self {
            lowest: u32::MAX,
            ..Self::default()
        };
        for (text, id) in tokens {
            let ends = text.char_indices().map(|(end, _)| end).skip(1);
            set.beginnings.extend(ends.map(|end| text[..end].into()));
            set.lengths.push(text.len());
            set.first_bytes.extend(text.as_bytes().first());
            set.lowest = set.lowest.min(id);
            set.texts.insert(id, text.clone());
            set.ids.insert(text, id);
        }
        set.lengths.sort_unstable_by(|one, other| other.cmp(one));
        set.lengths.dedup();
        set.named = NAMED.map(|named| set.id(named.text));
        set
    }

    /// The id of a special token's text.
    pub fn id(&self, text: &str) -> Option<u32> {
        self.ids.get(text).copied()
    }

    /// The text of a special token.
    pub fn text(&self, id: u32) -> Option<&str> {
        self.texts.get(&id).map(AsRef::as_ref)
    }

    /// All texts.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.ids.keys().map(AsRef::as_ref)
    }

    /// One more than the greatest id.
    pub fn id_count(&self) -> usize {
        self.texts.keys().max().map_or(0, |id| *id as usize + 1)
    }

    /// The lowest id; ids below it are not special.
    pub fn lowest(&self) -> u32 {
        self.lowest
    }

    /// The id here of a token of the built-in vocabulary; its own id if it is not here.
    pub fn named_id(&self, named: Named) -> u32 {
        let place = NAMED.iter().position(|other| *other == named);
        place
            .and_then(|place| self.named[place])
            .unwrap_or(named.id)
    }

    /// The token of the built-in vocabulary that has this id here.
    pub fn named(&self, id: u32) -> Option<Named> {
        let place = self.named.iter().position(|other| *other == Some(id));
        place.map(|place| NAMED[place])
    }

    /// The first special token's text at or after `start` that is wanted; of several that begin there, the longest.
    pub fn find<'t>(
        &self,
        text: &'t str,
        start: usize,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<Found<'t>> {
        let mut at = start;
        loop {
            at += self.opening(&text[at..])?;
            if let Some((text, id)) = self.starts(&text[at..], &wanted) {
                return Some(Found {
                    start: at,
                    text,
                    id,
                });
            }
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }

    /// Where the first character is that a special token's text may begin with.
    pub fn opening(&self, text: &str) -> Option<usize> {
        text.bytes()
            .position(|byte| self.first_bytes.contains(&byte))
    }

    /// The longest wanted special token's text that `text` starts with, and its id.
    pub fn starts<'t>(
        &self,
        text: &'t str,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<(&'t str, u32)> {
        let begins = |&length: &usize| {
            let name = text.get(..length).filter(|name| wanted(name))?;
            self.id(name).map(|id| (name, id))
        };
        self.lengths.iter().find_map(begins)
    }

    /// Whether more text would make `text` a special token's.
    pub fn may_begin(&self, text: &str) -> bool {
        self.beginnings.contains(text)
    }
}
