//! The special tokens of a vocabulary that was registered.

use std::collections::HashMap;

use super::names::{Named, NAMED};
use super::search::Found;

/// Special tokens by text and by id, in any number and with any names.
#[derive(Debug, Default)]
pub struct SpecialSet {
    ids: HashMap<Box<str>, u32>,
    texts: HashMap<u32, Box<str>>,
    beginnings: Beginnings,
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
            set.beginnings.insert(&text, id);
            set.lowest = set.lowest.min(id);
            set.texts.insert(id, text.clone());
            set.ids.insert(text, id);
        }
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
            .position(|byte| self.beginnings.has_first(byte))
    }

    /// The longest wanted special token's text that `text` starts with, and its id.
    pub fn starts<'t>(
        &self,
        text: &'t str,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<(&'t str, u32)> {
        let whole = self.beginnings.along(text).filter_map(|(end, place)| {
            let id = place.id?;
            let name = &text[..end];
            wanted(name).then_some((name, id))
        });
        whole.last()
    }

    /// Whether more text would make `text` a special token's.
    pub fn may_begin(&self, text: &str) -> bool {
        let last = self.beginnings.along(text).last();
        last.is_some_and(|(end, place)| end == text.len() && place.goes_on)
    }
}

/// All texts as a tree over their bytes: so each byte is looked at once, however many texts there are and however long they are.
#[derive(Debug)]
struct Beginnings {
    /// The beginnings, the empty one first.
    places: Vec<Beginning>,
    /// Which beginning a byte leads to.
    next: HashMap<(usize, u8), usize>,
    /// For each byte, whether any text begins with it. Every byte of every text asks.
    first: Vec<bool>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Beginning {
    /// The id, if it is a whole text.
    id: Option<u32>,
    /// Whether it is the beginning of a longer text.
    goes_on: bool,
}

impl Default for Beginnings {
    fn default() -> Self {
        Self {
            places: vec![Beginning::default()],
            next: HashMap::new(),
            first: vec![false; 256],
        }
    }
}

impl Beginnings {
    fn insert(&mut self, text: &str, id: u32) {
        let mut at = 0;
        for byte in text.bytes() {
            self.places[at].goes_on = true;
            at = *self.next.entry((at, byte)).or_insert_with(|| {
                self.places.push(Beginning::default());
                self.places.len() - 1
            });
        }
        self.places[at].id = Some(id);
        if let Some(first) = text.bytes().next() {
            self.first[usize::from(first)] = true;
        }
    }

    fn has_first(&self, byte: u8) -> bool {
        self.first[usize::from(byte)]
    }

    /// The beginnings that `text` starts with, the shortest first, without the empty one; each with where it ends.
    fn along<'t>(&'t self, text: &'t str) -> impl Iterator<Item = (usize, Beginning)> + 't {
        let mut at = 0;
        text.bytes().enumerate().map_while(move |(index, byte)| {
            at = *self.next.get(&(at, byte))?;
            Some((index + 1, self.places[at]))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::SpecialSet;
    use proptest::prelude::*;

    fn set(texts: &[String]) -> SpecialSet {
        let numbered = texts.iter().zip(0..);
        SpecialSet::new(numbered.map(|(text, id)| (text.as_str().into(), id)))
    }

    proptest! {
        /// Against every text of the set, one after the other.
        #[test]
        fn the_longest_wanted_text_is_found_and_every_beginning_known(
            texts in prop::collection::hash_set("[ab|é]{1,5}", 0..12), text in "[ab|é]{0,8}", unwanted in "[ab|é]{1,5}",
        ) {
            let texts: Vec<String> = texts.into_iter().collect();
            let set = set(&texts);
            let wanted = |name: &str| name != unwanted;
            let starting = texts.iter().filter(|name| text.starts_with(name.as_str()) && wanted(name));
            let longest = starting.max_by_key(|name| name.len());
            let found = set.starts(&text, wanted);
            prop_assert_eq!(found.map(|(name, _)| name), longest.map(String::as_str));
            prop_assert!(found.is_none_or(|(name, id)| set.text(id) == Some(name)));
            let goes_on = |name: &String| name.len() > text.len() && name.starts_with(&text);
            prop_assert_eq!(set.may_begin(&text), !text.is_empty() && texts.iter().any(goes_on));
            let first = text.char_indices().find(|(at, _)| {
                texts.iter().any(|name| name.as_bytes()[0] == text.as_bytes()[*at])
            });
            prop_assert_eq!(set.opening(&text), first.map(|(at, _)| at));
        }
    }

    /// All beginnings of this text as texts of their own would be 500 GB, and of these texts 40 GB; trying all lengths in each place
    /// would be 10 billion look-ups.
    #[test]
    fn neither_long_nor_many_texts_cost_more_than_their_length() {
        let long = format!("<|{}|>", "a".repeat(1_000_000));
        let set_of_one = set(std::slice::from_ref(&long));
        assert_eq!(set_of_one.starts(&long, |_| true), Some((long.as_str(), 0)));
        assert!(set_of_one.may_begin(&long[..900_000]));

        let many: Vec<String> = (0..5_000)
            .map(|length| format!("<|{}|>", "a".repeat(length)))
            .collect();
        let set_of_many = set(&many);
        let text = "<|b".repeat(1_000_000);
        assert!(set_of_many.find(&text, 0, |_| true).is_none());
    }
}
