//! Positions in a stream.

use std::ops::Range;

/// Positions in a stream as ranges, in order and without overlap.
///
/// A position is the index of a token or, where text was fed, of a character.
pub type Ranges = Vec<Range<usize>>;

/// Adds the positions `range`, which are after all others.
pub(crate) fn push_range(ranges: &mut Ranges, range: Range<usize>) {
    match ranges.last_mut() {
        _ if range.is_empty() => {}
        Some(last) if last.end == range.start => last.end = range.end,
        _ => ranges.push(range),
    }
}

/// How many positions the ranges hold.
pub(crate) fn total(ranges: &[Range<usize>]) -> usize {
    ranges
        .iter()
        .map(ExactSizeIterator::len)
        .fold(0, usize::saturating_add)
}

/// Whether the ranges are in order, without overlap and within the positions before `end`.
pub(crate) fn are_in_order(ranges: &[Range<usize>], end: usize) -> bool {
    let mut from = 0;
    ranges.iter().all(|range| {
        let fits = from <= range.start && range.start < range.end && range.end <= end;
        from = range.end;
        fits
    })
}
