//! Stop strings: where they occur in text that comes in pieces.

use serde::{Deserialize, Serialize};

/// Finds the first of several stop strings, and holds back what may become one.
///
/// Each string is matched by the Knuth-Morris-Pratt automaton, so that a byte costs the same however long the strings
/// are and whatever came before.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(into = "Stored", try_from = "Stored")]
pub(super) struct StopSearch {
    patterns: Vec<Pattern>,
    /// The text that may be the beginning of a stop string.
    held: String,
}

#[derive(Clone, Debug, PartialEq)]
struct Pattern {
    text: String,
    /// For each prefix, the length of the longest proper prefix that is also its suffix.
    borders: Vec<usize>,
    /// How many bytes of the pattern the text ends in.
    matched: usize,
}

impl StopSearch {
    pub fn new(stops: &[String]) -> Self {
        Self {
            patterns: stops
                .iter()
                .filter(|text| !text.is_empty())
                .map(|text| Pattern::new(text))
                .collect(),
            held: String::new(),
        }
    }

    /// Adds text and appends to `out` what can be no part of a stop string. Returns whether a stop string is complete;
    /// it and the text after it are dropped.
    pub fn push(&mut self, text: &str, out: &mut String) -> bool {
        if self.patterns.is_empty() {
            out.push_str(text);
            return false;
        }
        let before = self.held.len();
        self.held.push_str(text);
        for (offset, byte) in text.bytes().enumerate() {
            let end = before + offset + 1;
            // Of two that end here the longer one began first.
            let found = self
                .patterns
                .iter_mut()
                .filter_map(|pattern| pattern.step(byte))
                .max();
            if let Some(length) = found {
                out.push_str(&self.held[..end - length]);
                self.held.clear();
                return true;
            }
        }
        let held = self
            .patterns
            .iter()
            .map(|pattern| pattern.matched)
            .max()
            .unwrap_or(0);
        // A stop string begins with a whole character, so this is a boundary.
        out.extend(self.held.drain(..self.held.len() - held));
        false
    }

    /// Appends what was held back: no more text comes.
    pub fn finish(&mut self, out: &mut String) {
        out.push_str(&std::mem::take(&mut self.held));
        self.patterns
            .iter_mut()
            .for_each(|pattern| pattern.matched = 0);
    }
}

impl Pattern {
    fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut borders = vec![0; bytes.len()];
        let mut length = 0;
        for index in 1..bytes.len() {
            while length > 0 && bytes[index] != bytes[length] {
                length = borders[length - 1];
            }
            length += usize::from(bytes[index] == bytes[length]);
            borders[index] = length;
        }
        Self {
            text: text.to_owned(),
            borders,
            matched: 0,
        }
    }

    /// Takes a byte; returns the pattern's length if it is complete.
    fn step(&mut self, byte: u8) -> Option<usize> {
        let bytes = self.text.as_bytes();
        while self.matched > 0 && bytes[self.matched] != byte {
            self.matched = self.borders[self.matched - 1];
        }
        self.matched += usize::from(bytes[self.matched] == byte);
        (self.matched == bytes.len()).then_some(bytes.len())
    }
}

/// A search as it is stored: each stop string with how much of it has been found.
#[derive(Serialize, Deserialize)]
struct Stored {
    patterns: Vec<(String, usize)>,
    held: String,
}

impl From<StopSearch> for Stored {
    fn from(search: StopSearch) -> Self {
        let patterns = search.patterns.into_iter();
        Self {
            patterns: patterns
                .map(|pattern| (pattern.text, pattern.matched))
                .collect(),
            held: search.held,
        }
    }
}

impl TryFrom<Stored> for StopSearch {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let Stored { patterns, held } = stored;
        let longest = patterns.iter().map(|(_, matched)| *matched).max();
        let fits = |(text, matched): &(String, usize)| {
            *matched < text.len() && held.as_bytes().ends_with(&text.as_bytes()[..*matched])
        };
        if !patterns.iter().all(fits) || held.len() != longest.unwrap_or(0) {
            return Err("the stored stop strings do not fit the text that they hold back");
        }
        let patterns = patterns.into_iter();
        Ok(Self {
            patterns: patterns
                .map(|(text, matched)| Pattern {
                    matched,
                    ..Pattern::new(&text)
                })
                .collect(),
            held,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::StopSearch;
    use proptest::prelude::*;

    /// The text before the stop string that is complete first, and whether there is one: by looking at every prefix.
    fn reference(text: &str, stops: &[String]) -> (String, bool) {
        for (end, _) in text.char_indices().skip(1).chain([(text.len(), ' ')]) {
            let longest = stops
                .iter()
                .filter(|stop| text[..end].ends_with(stop.as_str()))
                .map(String::len)
                .max();
            if let Some(length) = longest {
                return (text[..end - length].to_owned(), true);
            }
        }
        (text.to_owned(), false)
    }

    proptest! {
        #[test]
        fn pieces_give_what_the_whole_text_gives(
            text in "[abé]{0,24}",
            stops in prop::collection::vec("[abé]{1,5}", 0..4),
            cuts in prop::collection::vec(1usize..5, 24),
        ) {
            let (mut search, mut out, mut found) = (StopSearch::new(&stops), String::new(), false);
            let characters: Vec<char> = text.chars().collect();
            let mut rest = characters.as_slice();
            for cut in cuts {
                let (piece, tail) = rest.split_at(cut.min(rest.len()));
                rest = tail;
                if !found {
                    let stored = serde_json::to_string(&search).unwrap();
                    search = serde_json::from_str(&stored).unwrap();
                    found = search.push(&piece.iter().collect::<String>(), &mut out);
                }
            }
            if !found {
                search.finish(&mut out);
            }
            prop_assert_eq!((out, found), reference(&text, &stops));
        }
    }

    #[test]
    fn only_what_may_become_a_stop_string_is_held_back() {
        let mut search = StopSearch::new(&["END".to_owned()]);
        let mut out = String::new();
        assert!(!search.push("the E", &mut out));
        assert_eq!(out, "the ");
        assert!(!search.push("Nglish", &mut out));
        assert_eq!(out, "the ENglish");
    }

    #[test]
    fn a_stored_search_that_does_not_fit_is_refused() {
        for stored in [
            r#"{"patterns": [["END", 3]], "held": "END"}"#,
            r#"{"patterns": [["END", 2]], "held": "E"}"#,
            r#"{"patterns": [["END", 1]], "held": "X"}"#,
            r#"{"patterns": [["", 0]], "held": ""}"#,
        ] {
            assert!(
                serde_json::from_str::<StopSearch>(stored).is_err(),
                "{stored}"
            );
        }
    }
}
