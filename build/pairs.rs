//! The tables that tell which token two neighbouring tokens merge to.

use crate::{
    layout::{pair_group, pair_key, pair_slot, ID_BITS, NONE, PAIR_GROUP_BITS, PAIR_SLOT_BITS},
    vocabulary::Vocabulary,
    writer::Writer,
};

pub fn write(vocabulary: &Vocabulary, splits: &[Option<(u32, u32)>], writer: &mut Writer) {
    let ids: Vec<u8> = (0..=255).map(|byte| vocabulary.id(&[byte]) as u8).collect();
    assert!(
        (0..=255).all(|byte| vocabulary.id(&[byte]) <= 255),
        "single bytes are the first ids"
    );
    writer.bytes("BYTE_IDS", &ids);

    let ascii: Vec<u32> = (0..128 * 128)
        .map(|pair| vocabulary.id(&[(pair / 128) as u8, (pair % 128) as u8]))
        .collect();
    writer.words32("ASCII_PAIRS", &ascii);

    let (displacements, slots) = perfect_hash(splits);
    writer.words16("PAIR_DISPLACEMENTS", &displacements);
    writer.words64("PAIRS", &slots);
}

/// A hash without collisions: pairs fall into groups, and each group has a displacement that sends its pairs to free slots.
///
/// The largest groups choose first. A slot holds the pair and the merged id, an empty one all ones.
fn perfect_hash(splits: &[Option<(u32, u32)>]) -> (Vec<u16>, Vec<u64>) {
    let mut groups = vec![vec![]; 1 << PAIR_GROUP_BITS];
    for (id, split) in (0u64..).zip(splits) {
        if let Some((left, right)) = *split {
            let key = pair_key(left, right);
            let (group, hash) = pair_group(key);
            groups[group].push((hash, key << ID_BITS | id));
        }
    }
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|&group| std::cmp::Reverse(groups[group].len()));

    let mut displacements = vec![0; groups.len()];
    let mut slots = vec![u64::MAX; 1 << PAIR_SLOT_BITS];
    for group in order {
        displacements[group] = place(&groups[group], &mut slots);
    }
    assert!(NONE as usize > splits.len());
    (displacements, slots)
}

fn place(group: &[(u32, u64)], slots: &mut [u64]) -> u16 {
    let fits = |displacement: u16| {
        let mut taken: Vec<usize> = group
            .iter()
            .map(|(hash, _)| pair_slot(*hash, displacement))
            .collect();
        let free = taken.iter().all(|&slot| slots[slot] == u64::MAX);
        taken.sort_unstable();
        free && taken.windows(2).all(|pair| pair[0] != pair[1])
    };
    let displacement = (0..=u16::MAX)
        .find(|&displacement| fits(displacement))
        .expect("a displacement that fits");
    for &(hash, entry) in group {
        slots[pair_slot(hash, displacement)] = entry;
    }
    displacement
}
