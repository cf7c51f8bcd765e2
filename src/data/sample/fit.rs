//! Samples that are too long.

use std::iter;
use std::ops::Range;

use crate::data::failure::Fault;
use crate::data::recipe::{Overflow, Recipe};
use crate::data::statistics::Statistics;

/// Which tokens of a sample of `length` tokens go into the table, piece by piece.
pub(super) fn pieces(
    length: usize,
    recipe: &Recipe,
    statistics: &mut Statistics,
) -> Result<Vec<Range<usize>>, Fault> {
    let longest = recipe.longest();
    if length <= longest {
        return Ok(iter::once(0..length).collect());
    }
    match recipe.overflow {
        Overflow::Drop => {
            statistics.too_long += 1;
            statistics.tokens_lost += length;
            Ok(Vec::new())
        }
        Overflow::Truncate => {
            statistics.cut += 1;
            statistics.tokens_lost += length - longest;
            Ok(iter::once(0..longest).collect())
        }
        Overflow::Split => {
            statistics.cut += 1;
            let starts = (0..length).step_by(longest);
            Ok(starts
                .map(|start| start..length.min(start + longest))
                .collect())
        }
        Overflow::Error => Err(Fault::new(
            "row.too_long",
            format_args!("a sample has {length} tokens, more than {longest}"),
        )),
    }
}
