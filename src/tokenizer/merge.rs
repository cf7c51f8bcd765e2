//! Merges the bytes of a piece that is not a token itself: byte pair encoding, lowest rank first, leftmost first among equals.

mod long;
mod parts;
mod short;

pub use short::Lanes;

#[cfg(test)]
use super::memory::Zeroed;

/// The tokens of a piece.
#[cfg(test)]
pub fn merge_piece(piece: &[u8]) -> Vec<u32> {
    let mut tokens = vec![];
    Zeroed::<Lanes>::new(1)[0].merge(1, |_| piece, |_, merged| tokens.extend_from_slice(merged));
    tokens
}

#[cfg(test)]
mod tests {
    use super::long::Merger;
    use super::*;
    use crate::tokenizer::{
        layout::NONE,
        special::names,
        vocab::{byte_token, token_bytes, Pair},
    };
    use proptest::prelude::*;

    fn merged_in_one(piece: &[u8]) -> Vec<u32> {
        Merger::default().merge(piece)
    }

    /// The definition, in quadratic time: whatever two parts together are the earliest token merge, the leftmost first.
    fn merged_by_definition(piece: &[u8]) -> Vec<u32> {
        let mut parts: Vec<u32> = piece.iter().map(|&byte| byte_token(byte)).collect();
        while let Some((at, token)) = parts
            .windows(2)
            .enumerate()
            .map(|(at, pair)| (at, Pair::new(pair[0], pair[1]).merged()))
            .filter(|(_, token)| *token != NONE)
            .min_by_key(|(_, token)| *token)
        {
            parts.splice(at..at + 2, [token]);
        }
        parts
    }

    fn check(piece: &str) -> Result<(), TestCaseError> {
        let wanted = merged_by_definition(piece.as_bytes());
        prop_assert_eq!(merge_piece(piece.as_bytes()), &wanted[..], "{:?}", piece);
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

    /// So a piece that is a token need not be looked up, which `tables::HAS_PIECES` relies on.
    #[test]
    fn the_bytes_of_a_token_merge_to_it() {
        for token in 0..names::IDS.start {
            let bytes = token_bytes(token).expect("all ids below are tokens");
            // A piece is whole characters.
            if std::str::from_utf8(bytes).is_ok() {
                assert_eq!(merge_piece(bytes), [token]);
            }
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
                    let tokens = merge_piece(piece.as_bytes());
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
