//! A random order that is the same everywhere.

/// Puts items into an order that depends on their number and the seed alone.
pub(super) fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut numbers = SplitMix(seed);
    for last in (1..items.len()).rev() {
        items.swap(last, numbers.below(last + 1));
    }
}

/// The generator SplitMix64 of Steele, Lea and Flood (2014): any seed does, and three lines stay the same for ever.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, all about as likely: to within `end` / 2^64.
    fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::{shuffle, SplitMix};

    /// From the reference implementation in C, https://prng.di.unimi.it/splitmix64.c, with the seed 1234567.
    #[test]
    fn the_numbers_are_those_of_the_reference() {
        let mut numbers = SplitMix(1_234_567);
        let found: Vec<u64> = (0..3).map(|_| numbers.next()).collect();
        assert_eq!(
            found,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn every_order_of_three_is_about_as_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for seed in 0..6000 {
            let mut items = [0, 1, 2];
            shuffle(&mut items, seed);
            *counts.entry(items).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 6);
        // 1,000 are expected, and the standard deviation is 29.
        assert!(
            counts.values().all(|count| (850..1150).contains(count)),
            "{counts:?}"
        );
    }
}
