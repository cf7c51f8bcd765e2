//! The seed: what the tables are computed from at load, where the feature `compact-tables` is on.
//!
//! `src/tokenizer/tables/seed.rs` describes the file and reads it.

use crate::{layout::checksum, vocabulary::SINGLE_BYTES, writer::Writer};

/// The tables that the seed holds as they are, in this order. The others follow from the pairs.
const VERBATIM: [&str; 7] = [
    "BYTE_IDS",
    "CLASS_INDEX",
    "CLASS_BLOCKS",
    "ATOM_INDEX",
    "ATOM_BLOCKS",
    "ATOM_HAZARDS",
    "NEIGHBOURS",
];

/// The seed of the tables that were written.
pub fn bytes(splits: &[Option<(u32, u32)>], writer: &Writer) -> Vec<u8> {
    let pairs: Vec<(u32, u32)> = splits[SINGLE_BYTES..]
        .iter()
        .map(|split| split.expect("all tokens but single bytes are merged from two"))
        .collect();
    let mut payload = vec![];
    // One plane for each byte of the numbers compresses a quarter better than the numbers themselves.
    for shift in [0, 8, 16] {
        payload.extend(pairs.iter().map(|(left, _)| (left >> shift) as u8));
        payload.extend(pairs.iter().map(|(_, right)| (right >> shift) as u8));
    }
    let groups = writer.little_endian("PAIR_GROUPS");
    payload.extend(groups.chunks(4).map(|group| group[0])); // the displacement, without the filter
    for name in VERBATIM {
        payload.extend(writer.little_endian(name));
    }
    let mut seed = checksum(&payload).to_le_bytes().to_vec();
    seed.extend(payload);
    seed
}
