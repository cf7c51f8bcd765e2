//! Sets of characters.

/// A set of characters, as in `[a-z]` or `[^a-z]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::grammar) struct Class {
    /// Whether the set is all characters but those of the ranges.
    pub(in crate::grammar) negated: bool,
    /// First and last characters.
    pub(in crate::grammar) ranges: Vec<(char, char)>,
}

impl Class {
    pub(in crate::grammar) fn one(character: char) -> Self {
        Self::of([(character, character)])
    }

    pub(in crate::grammar) fn of(ranges: impl IntoIterator<Item = (char, char)>) -> Self {
        Self {
            negated: false,
            ranges: ranges.into_iter().collect(),
        }
    }

    pub(super) fn except(ranges: impl IntoIterator<Item = (char, char)>) -> Self {
        Self {
            negated: true,
            ranges: ranges.into_iter().collect(),
        }
    }

    /// The characters that need no escape in a JSON string.
    pub(in crate::grammar) fn unescaped() -> Self {
        Self::unescaped_except(&[])
    }

    /// These characters without those that are excluded.
    pub(super) fn unescaped_except(excluded: &[char]) -> Self {
        let excluded = excluded.iter().map(|character| (*character, *character));
        let escaped = [('"', '"'), ('\\', '\\'), ('\0', '\u{1f}')];
        Self::except(escaped.into_iter().chain(excluded))
    }

    pub(in crate::grammar) fn contains(&self, character: char) -> bool {
        let mut ranges = self.ranges.iter();
        ranges.any(|(first, last)| (*first..=*last).contains(&character)) != self.negated
    }

    /// Whether the set has a character from `first` to `last`.
    pub(in crate::grammar) fn meets(&self, first: char, last: char) -> bool {
        if !self.negated {
            let mut ranges = self.ranges.iter();
            return ranges.any(|(start, end)| *start <= last && first <= *end);
        }
        let inside = |(start, end): &&(char, char)| *start <= last && first <= *end;
        let mut ranges: Vec<(char, char)> = self.ranges.iter().filter(inside).copied().collect();
        ranges.sort_unstable();
        // The least character that no range so far has; nothing after the last character of all.
        let mut least = Some(first);
        for (start, end) in ranges {
            match least {
                Some(free) if start <= free => {
                    least = least.max(next(end)).filter(|_| end < char::MAX)
                }
                _ => break,
            }
        }
        least.is_some_and(|free| free <= last)
    }
}

fn next(character: char) -> Option<char> {
    (character..).nth(1)
}
