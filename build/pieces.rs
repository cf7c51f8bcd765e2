//! The tables that tell whether a whole piece is one token.

use crate::{
    layout::{long_slot, piece_line, short_key, LINES, LONG_SLOTS, NONE, SHORT, SPARE_LINES},
    vocabulary::Vocabulary,
    writer::Writer,
};

pub fn write(vocabulary: &Vocabulary, writer: &mut Writer) {
    let mut lines = vec![([0u128; 3], [NONE; 3], 0u32); LINES + SPARE_LINES];
    let mut long = vec![NONE; LONG_SLOTS];
    // Low ids are the frequent tokens. They come first, so that it is rare tokens that go to a second line.
    for (id, &token) in (0..).zip(&vocabulary.tokens) {
        if token.len() <= SHORT {
            insert_short(&mut lines, token, id);
        } else {
            insert_long(&mut long, token, id);
        }
    }
    writer.lines("PIECE_LINES", &lines);
    writer.words32("LONG_PIECES", &long);
}

fn insert_short(lines: &mut [([u128; 3], [u32; 3], u32)], token: &[u8], id: u32) {
    let mut bytes = [0; 16];
    bytes[..token.len()].copy_from_slice(token);
    let key = short_key(u128::from_le_bytes(bytes), token.len());
    for (keys, ids, full) in &mut lines[piece_line(key)..] {
        if let Some(free) = keys.iter().position(|&key| key == 0) {
            keys[free] = key;
            ids[free] = id;
            return;
        }
        *full = 1;
    }
    panic!("no free line for token {id}");
}

fn insert_long(slots: &mut [u32], token: &[u8], id: u32) {
    let (mut slot, tag) = long_slot(token);
    while slots[slot] != NONE {
        slot = (slot + 1) % slots.len();
    }
    slots[slot] = tag | id;
}
