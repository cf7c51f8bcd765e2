//! Merges the bytes of a piece that is no token itself: byte pair encoding, lowest rank first, leftmost first among equals.

mod long;

use super::{
    layout::{neighbourhood, ID_MASK, NONE},
    split::decode,
    vocab::{atom, byte_token, may_join, merged, prefetch_merged},
};

/// Pieces of up to this many parts are merged on the stack.
const SMALL: usize = 64;

/// Bits for the position of a part among [`SMALL`].
const POSITION_BITS: u32 = SMALL.trailing_zeros();

/// No pair of parts to merge here; above every rank with a position beside it.
const NO_MERGE: u64 = u64::MAX;

/// Stands where there is no part: a token that no other merges with.
const NO_TOKEN: u32 = ID_MASK;

/// Calls `push` with each token of the piece. Takes linear time, but for texts made to prevent that, where it is n log n.
#[inline(never)]
pub fn merge_piece(piece: &[u8], mut push: impl FnMut(u32)) {
    let mut parts = [NO_TOKEN; SMALL];
    let Some(Parts { len, joints }) = begin(piece, &mut parts) else {
        return long::merge(piece, &mut push);
    };
    let mut start = 0;
    while start < len {
        let segment = (joints >> start).trailing_ones() as usize + 1;
        match parts[start..start + segment] {
            [token] => push(token),
            [left, right] => match merged(left, right) {
                NONE => {
                    push(left);
                    push(right);
                }
                token => push(token),
            },
            ref parts if parts.len() <= 16 => merge_small::<18>(parts, &mut push),
            ref parts => merge_small::<{ SMALL + 2 }>(parts, &mut push),
        }
        start += segment;
    }
}

/// What merging begins with.
struct Parts {
    /// How many parts there are.
    len: usize,
    /// By part, whether a merge may join it to the next; of the first [`SMALL`].
    joints: u64,
}

/// Writes what merging begins with: characters that are tokens, other characters as bytes. `None` if there is no room for all.
///
/// A character is taken whole only beside neighbours that cannot merge with one of its bytes before it is whole, which the build
/// script has found out. From then on, merges at its edges make tokens in which it stands beside its neighbour; where no token has
/// these two side by side, none ever crosses, and the parts before and behind merge on their own.
///
/// Measured: in CJK text, all but a few segments are one or two characters long.
fn begin(piece: &[u8], parts: &mut [u32]) -> Option<Parts> {
    let mut len: usize = 0;
    let mut at = 0;
    let mut before = 0;
    let mut joints = 0;
    // The last part, if it is a whole character.
    let mut last = NO_TOKEN;
    while at < piece.len() {
        let lead = piece[at];
        let size = lead.leading_ones().max(1) as usize;
        let character = piece.get(at..at + size);
        let behind = piece
            .get(at + size)
            .map_or(0, |&lead| NEIGHBOURHOODS[lead as usize]);
        let token = match character {
            Some([byte]) if *byte < 0x80 => byte_token(*byte),
            // A long piece is cut anywhere, so it may begin or end with half a character.
            Some(character) if size > 1 => match atom(decode(character).0) {
                Some((token, hazards)) if before & hazards[0] | behind & hazards[1] == 0 => token,
                _ => NO_TOKEN,
            },
            _ => NO_TOKEN,
        };
        let joined = last == NO_TOKEN || token == NO_TOKEN || may_join(last, token);
        if joined && last != NO_TOKEN && lead >= 0x80 {
            // Used when the segments are merged, 50 ns later: as long as the slot takes to come from memory.
            prefetch_merged(last, token);
        }
        joints |= u64::from(joined && len > 0) << (len.wrapping_sub(1) % SMALL);
        if token == NO_TOKEN {
            let bytes = character.unwrap_or(&piece[at..=at]);
            for (offset, (part, &byte)) in parts
                .get_mut(len..len + bytes.len())?
                .iter_mut()
                .zip(bytes)
                .enumerate()
            {
                *part = byte_token(byte);
                joints |= u64::from(offset > 0) << ((len + offset).wrapping_sub(1) % SMALL);
            }
            len += bytes.len();
            at += bytes.len();
        } else {
            *parts.get_mut(len)? = token;
            len += 1;
            at += size;
        }
        last = token;
        before = if character.is_some() && (lead < 0x80 || size > 1) {
            NEIGHBOURHOODS[lead as usize]
        } else {
            u32::MAX
        };
    }
    Some(Parts { len, joints })
}

/// [`neighbourhood`] of each byte.
static NEIGHBOURHOODS: [u32; 256] = {
    let mut masks = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        masks[byte] = neighbourhood(byte as u8);
        byte += 1;
    }
    masks
};

/// Merges up to [`SMALL`] parts; `ROOM` is two more than there are at most.
///
/// Which parts are left is a set of bits, and the next merge is the minimum of their ranks with their positions beside them.
/// What a merge leads to cannot be predicted, so nothing here but the loops branches: a neighbour that is not there is a token that
/// merges with none. Measured: 220 ns for a rare word, 350 with branches.
fn merge_small<const ROOM: usize>(segment: &[u32], mut push: impl FnMut(u32)) {
    // One further on than their positions, so that there is something in front of the first.
    let mut parts = [NO_TOKEN; ROOM];
    let mut merges = [NO_MERGE; ROOM];
    let len = segment.len();
    parts[1..=len].copy_from_slice(segment);
    for position in 0..len {
        merges[position + 1] = candidate(parts[position + 1], parts[position + 2], position);
    }
    let mut left: u64 = u64::MAX >> (SMALL - len.max(1));
    loop {
        let mut best = minimum(&merges, 0);
        for sixteen in 1..len.div_ceil(16) {
            best = best.min(minimum(&merges, sixteen));
        }
        if best == NO_MERGE {
            break;
        }
        let at = best as usize % SMALL;
        let token = (best >> POSITION_BITS) as u32;
        let behind = left & (!1 << at);
        let right = behind.trailing_zeros() as usize;
        let behind = behind & behind.wrapping_sub(1);
        let next = (behind.trailing_zeros() as usize + 1).min(ROOM - 1);
        let before = left & !(u64::MAX << at);
        // 0 where there is none.
        let previous = 64 - before.leading_zeros() as usize;
        left &= !(1 << right);
        parts[at + 1] = token;
        merges[right + 1] = NO_MERGE;
        merges[at + 1] = candidate(token, parts[next], at);
        merges[previous] = candidate(parts[previous], token, previous.wrapping_sub(1));
    }
    while left != 0 {
        push(parts[left.trailing_zeros() as usize + 1]);
        left &= left - 1;
    }
}

/// The rank of a merge with its position below, so that the minimum of these is the merge to do next.
#[inline(always)]
fn candidate(left: u32, right: u32, position: usize) -> u64 {
    let token = merged(left, right);
    let candidate = u64::from(token) << POSITION_BITS | position as u64;
    if token == NONE {
        NO_MERGE
    } else {
        candidate
    }
}

/// The least of sixteen candidates. Nearly all pieces have no more, and a loop that ends earlier for some cannot be predicted.
///
/// 64 bits wide so that the compiler compares one after the other: each may have been written just now, and a vector load would
/// have to wait until it is in the cache.
#[inline(always)]
fn minimum<const ROOM: usize>(merges: &[u64; ROOM], sixteen: usize) -> u64 {
    let least = |at: usize| {
        (0..4).fold(NO_MERGE, |least, next| {
            least.min(merges[1 + 16 * sixteen + at + next])
        })
    };
    least(0).min(least(4)).min(least(8).min(least(12)))
}

#[cfg(test)]
mod tests {
    use super::long::Merger;
    use super::*;
    use proptest::prelude::*;

    fn merged_in_one(piece: &[u8]) -> Vec<u32> {
        Merger::default().merge(piece)
    }

    fn merged_as_ever(piece: &[u8]) -> Vec<u32> {
        let mut tokens = vec![];
        merge_piece(piece, |token| tokens.push(token));
        tokens
    }

    /// The definition, in quadratic time: whatever two parts together are the earliest token merge, the leftmost first.
    fn merged_by_definition(piece: &[u8]) -> Vec<u32> {
        let mut parts: Vec<u32> = piece.iter().map(|&byte| byte_token(byte)).collect();
        while let Some((at, token)) = parts
            .windows(2)
            .enumerate()
            .map(|(at, pair)| (at, merged(pair[0], pair[1])))
            .filter(|(_, token)| *token != NONE)
            .min_by_key(|(_, token)| *token)
        {
            parts.splice(at..at + 2, [token]);
        }
        parts
    }

    fn check(piece: &str) -> Result<(), TestCaseError> {
        let wanted = merged_by_definition(piece.as_bytes());
        prop_assert_eq!(merged_as_ever(piece.as_bytes()), &wanted[..], "{:?}", piece);
        prop_assert_eq!(merged_in_one(piece.as_bytes()), wanted, "{:?}", piece);
        Ok(())
    }

    proptest! {
        #[test]
        fn short_pieces(piece in "[ a-eA-C]{1,20}|[а-я]{1,20}|[一-鿿]{1,20}|[가-힣 ]{1,9}|\\PC{1,20}|[ก-๛]{1,40}") {
            check(&piece)?;
        }

        #[test]
        fn long_pieces(piece in "[ab]{60,700}|[a-z]{60,700}|[-=]{60,700}|[一-鿿]{60,200}|\\PC{60,200}|( {60,80}\t){1,9}") {
            check(&piece)?;
        }
    }

    /// Longer than a stretch, where the definition would take too long.
    #[test]
    fn stretches_give_what_one_merge_gives() {
        let mut random = 1u64;
        for unit in [
            "a",
            "-",
            " ",
            "=",
            "ab",
            "abcab",
            "的一",
            "\u{301}",
            "- ",
            "-=",
            "------------a",
            "____",
            "xyzzy",
        ] {
            for len in [1000, 1024, 1025, 3000, 10_000] {
                let mut piece = unit.repeat(len / unit.len());
                for _ in 0..3 {
                    let tokens = merged_as_ever(piece.as_bytes());
                    assert_eq!(tokens, merged_in_one(piece.as_bytes()), "{unit:?} {len}");
                    random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
                    let at = (0..=random as usize % piece.len())
                        .rev()
                        .find(|&at| piece.is_char_boundary(at));
                    piece.insert_str(
                        at.unwrap_or(0),
                        ["x", "-", " ", "中"][random as usize >> 60 & 3],
                    );
                }
            }
        }
    }
}
