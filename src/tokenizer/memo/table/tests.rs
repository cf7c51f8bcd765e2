use super::*;
use proptest::prelude::*;

fn small() -> Table {
    Table::new(1 << 15, Seed::fixed(1))
}

/// `count` keys whose homes are in the same block, in ascending order of their homes as often as possible.
fn keys_of_a_block(table: &Table, count: usize) -> Vec<u128> {
    (1..)
        .filter(|&key| table.home(key) / WAYS == 3)
        .take(count)
        .collect()
}

fn insert(table: &mut Table, key: u128) {
    table.insert(table.home(key), Entry::new(key, &[key as u32, 7]), |_| {
        false
    });
}

/// The tokens of a key if it is at its home.
fn at_home(table: &mut Table, key: u128) -> Option<Vec<u32>> {
    let home = table.home(key);
    let mut output = [0; 4 * INLINE];
    let piece = Piece {
        key,
        home,
        start: 0,
    };
    match table.copy_at_home(&[piece], &mut output) {
        (1, len) => Some(output[..len].to_vec()),
        nothing => {
            assert_eq!(nothing, (0, 0));
            None
        }
    }
}

fn has(table: &Table, key: u128) -> bool {
    let Block(entries) = &table.blocks[table.home(key) / WAYS];
    entries.iter().filter(|entry| entry.is_of(key)).count() == 1
}

/// Whether the key was there.
fn look_up_or_insert(table: &mut Table, key: u128) -> bool {
    let home = table.home(key);
    let found = at_home(table, key).is_some() || table.find(key, home).is_some();
    if !found {
        insert(table, key);
    }
    found
}

#[test]
fn an_entry_has_its_tokens_and_no_others() {
    for tokens in [&[][..], &[5], &[5, 6], &[5, 6, 7]] {
        let entry = Entry::new(9, tokens);
        assert_eq!(&entry.tokens()[..entry.len()], tokens);
        assert!(entry.is_inline(9) && entry.is_of(9) && !entry.is_of(8));
        assert_eq!(entry.record(), None);
    }
    let mut entry = Entry::in_ring(9, [1, 2, 3]);
    assert!(!entry.is_inline(9) && entry.is_of(9));
    assert_eq!((entry.record(), entry.len()), (Some([1, 2, 3]), 0));
    entry.set_record([4, 5, 6]);
    assert_eq!(entry.record(), Some([4, 5, 6]));
}

#[test]
fn the_clock_counts_above_the_length() {
    let mut clock = Clock(u32::MAX - 7);
    let mut used = 3;
    clock.stamp(&mut used);
    assert_eq!((used & 3, clock.age(used)), (3, 0));
    for age in 1..10 {
        clock.tick();
        assert_eq!(clock.age(used), age << LEN_BITS);
    }
    clock.stamp(&mut used);
    assert_eq!((used & 3, clock.age(used)), (3, 0));
}

#[test]
fn a_table_grows_up_to_its_limit() {
    for (bytes, most) in [
        (0, 1 << 10),
        (1 << 15, 1 << 10),
        ((1 << 16) - 1, 1 << 10),
        (1 << 16, 1 << 11),
        (4 << 20, 1 << 17),
        ((8 << 20) - 1, 1 << 17),
        (32 << 20, 1 << 20),
    ] {
        let mut table = Table::new(bytes, Seed::fixed(1));
        assert_eq!(
            (table.entries().len(), table.most_entries()),
            (1 << 10, most)
        );
        for _ in 0..9 {
            table.inserted = usize::MAX;
            if table.is_to_grow() {
                table.grow();
            }
        }
        assert_eq!(table.entries().len(), most);
        table.inserted = usize::MAX;
        assert!(!table.is_to_grow());
    }
}

#[test]
fn pieces_are_copied_up_to_the_first_that_is_not_at_home() {
    let mut table = small();
    let pieces = [1, 2, 3].map(|key| Piece {
        key,
        home: table.home(key),
        start: 0,
    });
    for key in [1, 2] {
        insert(&mut table, key);
    }
    let mut output = [0; 3 * INLINE];
    assert_eq!(table.copy_at_home(&pieces, &mut output), (2, 4));
    assert_eq!(output[..4], [1, 7, 2, 7]);
}

#[test]
fn a_table_grows_when_more_than_half_as_many_were_inserted() {
    let mut table = Table::new(4 << 20, Seed::fixed(1));
    for key in 1..=512 {
        insert(&mut table, key);
        assert!(!table.is_to_grow());
    }
    insert(&mut table, 513);
    assert!(table.is_to_grow());
    table.grow();
    assert_eq!((table.entries().len(), table.inserted), (1 << 13, 0));
    assert!(!table.is_to_grow());
}

#[test]
fn growth_keeps_all_entries_and_the_time() {
    let mut table = Table::new(4 << 20, Seed::fixed(1));
    let mut kept = vec![];
    for key in 1..=513 {
        table.tick();
        if key % 2 == 0 {
            insert(&mut table, key);
        } else {
            let home = table.home(key);
            table.insert(home, Entry::in_ring(key, [key as u32; 3]), |_| false);
        }
        kept.push(key);
    }
    kept.retain(|&key| has(&table, key));
    assert!(kept.len() > 450);
    let now = table.clock.0;
    table.grow();
    assert_eq!(table.clock.0, now);
    for key in kept {
        let home = table.home(key);
        let entry = *table.find(key, home).unwrap();
        assert_eq!(entry.record(), (key % 2 == 1).then_some([key as u32; 3]));
        assert_eq!(entry.tokens()[0], key as u32);
    }
}

#[test]
fn what_is_found_moves_home_and_drives_nothing_out() {
    let mut table = small();
    let keys = keys_of_a_block(&table, 4);
    keys.iter().for_each(|&key| insert(&mut table, key));
    for _ in 0..3 {
        for &key in &keys {
            let home = table.home(key);
            let found = table.find(key, home).map(|entry| entry.tokens()[0]);
            assert_eq!(found, Some(key as u32));
            assert_eq!(at_home(&mut table, key), Some(vec![key as u32, 7]));
            assert!(table.at(home).is_inline(key));
        }
    }
    let unknown = keys_of_a_block(&table, 5)[4];
    assert!(table.find(unknown, table.home(unknown)).is_none());
    assert_eq!(at_home(&mut table, unknown), None);
}

#[test]
fn the_least_recently_used_entry_is_replaced() {
    let table = small();
    let keys = keys_of_a_block(&table, 5);
    for oldest in 0..4 {
        for use_at_home in [false, true] {
            let mut table = small();
            keys[..4].iter().for_each(|&key| insert(&mut table, key));
            table.tick();
            for &key in keys[..4].iter().filter(|&&key| key != keys[oldest]) {
                let home = table.home(key);
                if !use_at_home || at_home(&mut table, key).is_none() {
                    table.find(key, home).unwrap();
                }
            }
            insert(&mut table, keys[4]);
            let left: Vec<bool> = keys.iter().map(|&key| has(&table, key)).collect();
            let wanted: Vec<bool> = (0..5).map(|index| index != oldest).collect();
            assert_eq!(left, wanted);
            assert!(table.at(table.home(keys[4])).is_of(keys[4]));
        }
    }
}

#[test]
fn an_equal_key_is_replaced_and_before_it_nothing_else() {
    let mut table = small();
    let keys = keys_of_a_block(&table, 4);
    keys.iter().for_each(|&key| insert(&mut table, key));
    for &key in &keys {
        table.tick();
        let home = table.home(key);
        table.insert(home, Entry::in_ring(key, [1, 2, 3]), |_| true);
        assert_eq!(table.at(home).record(), Some([1, 2, 3]));
        assert!(keys.iter().all(|&key| has(&table, key)));
        insert(&mut table, key);
        assert_eq!(table.at(home).record(), None);
        assert!(keys.iter().all(|&key| has(&table, key)));
    }
}

#[test]
fn a_dead_entry_is_replaced_before_an_old_one() {
    let mut table = small();
    let keys = keys_of_a_block(&table, 5);
    for &key in &keys[..4] {
        insert(&mut table, key);
        table.tick();
    }
    let dead = keys[3];
    let home = table.home(keys[4]);
    table.insert(home, Entry::new(keys[4], &[]), |entry| entry.is_of(dead));
    let left: Vec<bool> = keys.iter().map(|&key| has(&table, key)).collect();
    assert_eq!(left, [true, true, true, false, true]);
}

#[test]
fn seeds_decide_which_keys_collide() {
    let table = Table::new(1 << 15, Seed::fixed(1));
    let keys = keys_of_a_block(&table, 64);
    let other = Table::new(1 << 15, Seed::random());
    let mut blocks: Vec<usize> = keys.iter().map(|&key| other.home(key) / WAYS).collect();
    blocks.sort_unstable();
    blocks.dedup();
    // 64 keys at random are in 57 of 256 blocks, give or take 2.3.
    assert!(blocks.len() > 40, "{}", blocks.len());
}

proptest! {
    /// Whatever was used before: keys of which no more than four share a block are all there when they are used again.
    #[test]
    fn what_is_used_again_is_found_again(
        history in proptest::collection::vec(1u128..3000, 0..4000),
        keys in proptest::collection::vec(1u128..3000, 0..600),
    ) {
        let mut table = small();
        for key in history {
            look_up_or_insert(&mut table, key);
        }
        table.tick();
        let mut blocks = vec![vec![]; 1 << 8];
        for key in keys {
            let block = &mut blocks[table.home(key) / WAYS];
            if !block.contains(&key) && block.len() < WAYS {
                block.push(key);
                look_up_or_insert(&mut table, key);
            }
        }
        for key in blocks.concat() {
            prop_assert!(look_up_or_insert(&mut table, key));
        }
    }
}
