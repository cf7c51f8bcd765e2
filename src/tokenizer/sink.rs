//! What takes the tokens of a text: a vector, or a count.

/// What takes the tokens of a text.
pub trait Sink {
    /// The next tokens.
    fn extend(&mut self, tokens: &[u32]);

    /// Whether it wants no more tokens. Asked once for each batch of pieces.
    fn is_full(&self) -> bool {
        false
    }
}

impl Sink for Vec<u32> {
    #[inline(always)]
    fn extend(&mut self, tokens: &[u32]) {
        self.extend_from_slice(tokens);
    }
}

/// Counts tokens.
#[derive(Default)]
pub struct Count(pub usize);

impl Sink for Count {
    #[inline(always)]
    fn extend(&mut self, tokens: &[u32]) {
        self.0 += tokens.len();
    }
}

/// Counts tokens until there are more than the limit.
pub struct CountUpTo {
    pub count: usize,
    pub limit: usize,
}

impl Sink for CountUpTo {
    #[inline(always)]
    fn extend(&mut self, tokens: &[u32]) {
        self.count += tokens.len();
    }

    fn is_full(&self) -> bool {
        self.count > self.limit
    }
}
