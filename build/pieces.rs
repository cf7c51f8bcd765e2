//! The tables that say whether a whole piece is one token.

use crate::{
    fill,
    layout::{PieceLine, LINES, LONG_SLOTS, NONE, SPARE_LINES},
    vocabulary::Vocabulary,
    writer::Writer,
};

pub fn write(vocabulary: &Vocabulary, writer: &mut Writer) {
    let mut lines = vec![PieceLine::EMPTY; LINES + SPARE_LINES];
    let mut long = vec![NONE; LONG_SLOTS];
    for (id, token) in (0..).zip(&vocabulary.tokens) {
        fill::piece(&mut lines, &mut long, token, id);
    }
    writer.lines("PIECE_LINES", &lines);
    writer.words32("LONG_PIECES", &long);
}
