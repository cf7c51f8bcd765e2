//! Lists of up to so many items, which take no memory of the allocator.

use std::ops::Deref;

/// A list of up to `ROOM` items, in place. Zeros are an empty list, if they are items.
pub struct Bounded<T, const ROOM: usize> {
    items: [T; ROOM],
    len: usize,
}

impl<T: Copy, const ROOM: usize> Bounded<T, ROOM> {
    /// # Panics
    /// If there is no room.
    #[inline(always)]
    pub fn push(&mut self, item: T) {
        self.items[self.len] = item;
        self.len += 1;
    }

    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Keeps the items for which this is true, in their order.
    pub fn retain(&mut self, mut is_kept: impl FnMut(&T) -> bool) {
        let mut kept = 0;
        for index in 0..self.len {
            let item = self.items[index];
            if is_kept(&item) {
                self.items[kept] = item;
                kept += 1;
            }
        }
        self.len = kept;
    }
}

impl<T, const ROOM: usize> Deref for Bounded<T, ROOM> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        &self.items[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_kept_in_their_order() {
        let mut numbers = Bounded {
            items: [0; 8],
            len: 0,
        };
        (0..8).for_each(|number| numbers.push(number));
        numbers.retain(|number| number % 3 == 1);
        assert_eq!(numbers[..], [1, 4, 7]);
        numbers.push(9);
        assert_eq!(numbers[..], [1, 4, 7, 9]);
        numbers.clear();
        assert!(numbers.is_empty());
    }
}
