use super::*;
use crate::tokenizer::pieces::words_at;
use proptest::prelude::*;

const SEED: u64 = 0x5EED;

fn small() -> Memo {
    Memo::seeded(1 << 15, Seed::fixed(SEED))
}

fn key_of(piece: &[u8]) -> u128 {
    let mut padded = [0; 16];
    let len = piece.len().min(16);
    padded[..len].copy_from_slice(&piece[..len]);
    Seed::fixed(SEED).key(words_at(&padded, 0), piece)
}

fn insert(memo: &mut Memo, piece: &[u8], tokens: &[u32]) {
    let key = key_of(piece);
    let home = memo.home(key);
    memo.insert(key, home, piece, tokens);
}

fn find(memo: &mut Memo, piece: &[u8]) -> Option<Vec<u32>> {
    let key = key_of(piece);
    let home = memo.home(key);
    memo.find(key, home, piece).map(<[u32]>::to_vec)
}

/// A piece that depends on all of `number`, with as many tokens as asked for, which identify it.
fn sample(number: u32, len: usize, tokens: usize) -> (Vec<u8>, Vec<u32>) {
    let bytes = number
        .to_be_bytes()
        .into_iter()
        .chain((b'a'..=b'z').cycle())
        .take(len);
    (
        bytes.collect(),
        (0..tokens as u32).map(|at| number << 6 | at).collect(),
    )
}

#[test]
fn pieces_of_all_lengths_are_found_up_to_the_longest() {
    for len in 1..200 {
        for tokens in 1..=len.min(70) {
            let mut memo = small();
            let (piece, tokens) = sample(len as u32, len, tokens);
            insert(&mut memo, &piece, &tokens);
            let words = if len > SHORT { len.div_ceil(16) } else { 0 } + tokens.len().div_ceil(4);
            let is_cached =
                len < LONGEST && (words <= 16 || len <= SHORT && tokens.len() <= INLINE);
            assert_eq!(
                find(&mut memo, &piece),
                is_cached.then_some(tokens),
                "{len}"
            );
        }
    }
}

#[test]
fn only_what_needs_the_ring_is_in_the_ring() {
    for (len, tokens, in_ring) in [(15, 3, false), (15, 4, true), (16, 1, true), (1, 1, false)] {
        let mut memo = small();
        let (piece, tokens) = sample(1, len, tokens);
        insert(&mut memo, &piece, &tokens);
        let (key, home) = (key_of(&piece), memo.home(key_of(&piece)));
        assert_eq!(memo.is_home(key, home), !in_ring);
        let piece = Piece {
            key,
            home,
            start: 0,
        };
        let mut output = [0; INLINE];
        let (found, len) = memo.copy_at_home(&[piece], &mut output);
        assert_eq!(found, usize::from(!in_ring));
        assert_eq!(
            output[..len],
            tokens[..if in_ring { 0 } else { tokens.len() }]
        );
    }
}

#[test]
fn long_pieces_that_differ_anywhere_have_keys_of_their_own() {
    for len in [16, 17, 31, 32, 33, 48, 70, 126] {
        let (piece, _) = sample(5, len, 1);
        for at in 0..len {
            let mut other = piece.clone();
            other[at] ^= 0x20;
            assert_ne!(key_of(&piece), key_of(&other), "{len} {at}");
        }
    }
}

/// A collision of 120 bits, which no text can be made to have: both pieces are encoded correctly, and each replaces the other.
#[test]
fn pieces_with_equal_keys_replace_each_other() {
    let mut memo = small();
    let key = key_of(b"a piece of thirty-two characters");
    let home = memo.home(key);
    for (piece, other) in [(b'x', b'y'), (b'y', b'x'), (b'x', b'y')] {
        let (piece, other) = ([piece; 32], [other; 32]);
        assert_eq!(memo.find(key, home, &piece), None);
        memo.insert(key, home, &piece, &[u32::from(piece[0])]);
        assert_eq!(
            memo.find(key, home, &piece),
            Some(&[u32::from(piece[0])][..])
        );
        assert_eq!(memo.find(key, home, &other), None);
    }
}

#[test]
fn an_entry_whose_record_was_overwritten_is_not_found_and_is_replaced() {
    let mut memo = Memo::seeded(4 << 20, Seed::fixed(SEED));
    let (first, first_tokens) = sample(0, 40, 2);
    insert(&mut memo, &first, &first_tokens);
    // Four words each; the ring has 32,768.
    for number in 1..8192 {
        let (piece, tokens) = sample(number, 40, 2);
        insert(&mut memo, &piece, &tokens);
    }
    memo.ring.push(&first, &first_tokens).unwrap();
    assert_eq!(find(&mut memo, &first), None);
    insert(&mut memo, &first, &first_tokens);
    assert_eq!(find(&mut memo, &first), Some(first_tokens));
}

#[test]
fn a_record_that_is_used_stays_however_much_is_written() {
    let mut memo = small();
    let (used, used_tokens) = sample(0, 40, 9);
    insert(&mut memo, &used, &used_tokens);
    for number in 1..20_000 {
        let (piece, tokens) = sample(number, 126, 25);
        memo.next_batch();
        insert(&mut memo, &piece, &tokens);
        assert_eq!(find(&mut memo, &used).as_ref(), Some(&used_tokens));
    }
}

/// `count` samples whose homes are in one block of four.
fn samples_of_a_block(memo: &Memo, count: usize, len: usize) -> Vec<(Vec<u8>, Vec<u32>)> {
    let samples = (0..).map(|number| sample(number, len, 2));
    let in_block = samples.filter(|(piece, _)| memo.home(key_of(piece)) / 4 == 3);
    in_block.take(count).collect()
}

/// Of the pieces of a full block, the one that was not used in the last batch makes room, wherever in the block it is.
#[test]
fn batches_decide_what_was_used_last() {
    for unused in 0..4 {
        let mut memo = small();
        let samples = samples_of_a_block(&memo, 5, 10);
        for (piece, tokens) in &samples[..4] {
            insert(&mut memo, piece, tokens);
        }
        memo.next_batch();
        for (index, (piece, tokens)) in samples[..4].iter().enumerate() {
            if index != unused {
                assert_eq!(find(&mut memo, piece).as_ref(), Some(tokens));
            }
        }
        insert(&mut memo, &samples[4].0, &samples[4].1);
        for (index, (piece, _)) in samples.iter().enumerate() {
            let found = find(&mut memo, piece);
            assert_eq!(found.is_some(), index != unused, "{unused} {index}");
        }
    }
}

/// A piece whose record was overwritten makes room before one that was used longer ago.
#[test]
fn what_can_no_longer_be_found_makes_room_first() {
    let mut memo = small();
    let long = samples_of_a_block(&memo, 1, 40).remove(0);
    let short = samples_of_a_block(&memo, 4, 10);
    for (piece, tokens) in &short[..3] {
        insert(&mut memo, piece, tokens);
    }
    memo.next_batch();
    insert(&mut memo, &long.0, &long.1);
    while memo.ring.push(&[b'x'; 126], &[1]).is_some() {
        let home = memo.home(key_of(&long.0));
        let record = memo.table.at(home).record().map(Record::unpack).unwrap();
        if !memo.ring.holds(record) {
            break;
        }
    }
    insert(&mut memo, &short[3].0, &short[3].1);
    for (piece, tokens) in &short {
        assert_eq!(find(&mut memo, piece).as_ref(), Some(tokens));
    }
    assert_eq!(find(&mut memo, &long.0), None);
}

/// It begins with little, and takes 4.5 MiB when it is full: 4 for the table and half of one for the ring.
#[test]
fn a_cache_grows_from_batch_to_batch() {
    let mut memo = Memo::default();
    assert_eq!(memo.bytes(), 32 << 10);
    for number in 0..200_000 {
        let (piece, tokens) = sample(number, 40, 2);
        insert(&mut memo, &piece, &tokens);
        memo.next_batch();
        assert_eq!(find(&mut memo, &piece), Some(tokens));
    }
    assert_eq!(memo.bytes(), (4 << 20) + (512 << 10));
}

proptest! {
    /// What is found is what was inserted. And whatever was inserted before: as many pieces as half of the ring has room for, of which no
    /// more than four share a block, are all found when they come again.
    #[test]
    fn what_was_inserted_again_is_found_again(
        history in proptest::collection::vec((0u32..3000, 5usize..130, 1usize..40), 0..3000),
        samples in proptest::collection::vec((0u32..3000, 5usize..60, 1usize..9), 0..20),
    ) {
        let mut memo = small();
        for &(number, len, tokens) in &history {
            let (piece, tokens) = sample(number << 8 | len as u32, len, tokens);
            memo.next_batch();
            match find(&mut memo, &piece) {
                Some(found) => prop_assert_eq!(found[0], tokens[0]),
                None => insert(&mut memo, &piece, &tokens),
            }
        }
        memo.next_batch();
        for round in 0..3 {
            for &(number, len, tokens) in &samples {
                let (piece, tokens) = sample((number << 8 | len as u32) << 4 | tokens as u32, len, tokens);
                let found = find(&mut memo, &piece);
                prop_assert!(round == 0 || found.is_some());
                match found {
                    Some(found) => prop_assert_eq!(found, tokens),
                    None => insert(&mut memo, &piece, &tokens),
                }
            }
        }
    }
}
