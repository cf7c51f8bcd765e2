//! The tables of the token that two neighbouring tokens merge to.

use crate::{
    fill,
    layout::{pair_group, pair_key, pair_slot, DISPLACEMENT_BITS, PAIR_GROUPS, PAIR_SLOTS},
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

    let (groups, slots) = perfect_hash(splits);
    writer.words32("PAIR_GROUPS", &groups);
    writer.words64("PAIRS", &slots);
}

/// A hash without collisions: pairs fall into groups, and each group has a displacement that sends its pairs to free slots.
///
/// The largest groups choose first. A slot holds the pair and the merged id, an empty one all ones.
fn perfect_hash(splits: &[Option<(u32, u32)>]) -> (Vec<u32>, Vec<u64>) {
    let mut members = vec![vec![]; PAIR_GROUPS];
    for (id, split) in (0u32..).zip(splits) {
        if let Some((left, right)) = *split {
            let key = pair_key(left, right);
            let (group, hash) = pair_group(key);
            members[group].push((key, hash, id));
        }
    }
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by_key(|&group| std::cmp::Reverse(members[group].len()));

    let mut groups = vec![0; members.len()];
    let mut slots = vec![u64::MAX; PAIR_SLOTS];
    for group in order {
        groups[group] = displacement(&members[group], &slots);
        for &(.., id) in &members[group] {
            let (left, right) = splits[id as usize].expect("a member is a pair");
            fill::pair(&mut groups, &mut slots, left, right, id);
        }
    }
    (groups, slots)
}

/// The displacement that sends the pairs of a group to free slots.
fn displacement(members: &[(u64, u32, u32)], slots: &[u64]) -> u32 {
    let fits = |displacement: u32| {
        let mut taken: Vec<usize> = members
            .iter()
            .map(|(key, hash, _)| pair_slot(*key, *hash, displacement))
            .collect();
        taken.sort_unstable();
        taken.iter().all(|&slot| slots[slot] == u64::MAX)
            && taken.windows(2).all(|pair| pair[0] != pair[1])
    };
    (0..1 << DISPLACEMENT_BITS)
        .find(|&displacement| fits(displacement))
        .expect("a displacement that fits")
}
