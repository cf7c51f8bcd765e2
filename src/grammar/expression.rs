//! Rules in the manner of EBNF: what the grammar and its JSON bodies are both written in.

/// The number of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct RuleId(pub usize);

/// An expression over texts and `L`, which is whatever else a language is made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression<L> {
    /// Exactly this text.
    Text(String),
    /// Something that is not text.
    Leaf(L),
    /// Another rule of the same [`Rules`].
    Rule(RuleId),
    /// One after the other; nothing if there are none.
    Sequence(Vec<Self>),
    /// One of them; impossible if there are none.
    Choice(Vec<Self>),
    /// The same several times.
    Repeat {
        item: Box<Self>,
        min: u32,
        /// At most so often; `None` for any number.
        max: Option<u32>,
    },
}

impl<L> Expression<L> {
    /// What takes no input.
    pub(super) const EMPTY: Self = Self::Sequence(vec![]);

    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Parts one after the other. Sequences in sequences are made flat, and a part that is impossible makes the whole impossible.
    pub(super) fn sequence(parts: impl IntoIterator<Item = Self>) -> Self {
        let parts = parts.into_iter();
        let mut flat = Vec::with_capacity(parts.size_hint().0);
        for part in parts {
            match part {
                Self::Sequence(parts) => flat.extend(parts),
                part if part.is_impossible() => return part,
                part => flat.push(part),
            }
        }
        single(flat).unwrap_or_else(Self::Sequence)
    }

    /// One of the parts, without those that are impossible.
    pub(super) fn choice(parts: impl IntoIterator<Item = Self>) -> Self {
        let parts = parts.into_iter();
        let mut flat = Vec::with_capacity(parts.size_hint().0);
        for part in parts {
            match part {
                Self::Choice(parts) => flat.extend(parts),
                part => flat.push(part),
            }
        }
        single(flat).unwrap_or_else(Self::Choice)
    }

    pub(super) fn optional(item: Self) -> Self {
        Self::repeat(item, 0, Some(1))
    }

    pub(super) fn star(item: Self) -> Self {
        Self::repeat(item, 0, None)
    }

    /// The item `min` to `max` times. What cannot be repeated is left out where that is allowed.
    pub(super) fn repeat(item: Self, min: u32, max: Option<u32>) -> Self {
        match (min, max) {
            (0, Some(0)) => Self::EMPTY,
            (0, _) if item.is_impossible() => Self::EMPTY,
            (1, Some(1)) => item,
            _ => Self::Repeat {
                item: Box::new(item),
                min,
                max,
            },
        }
    }

    pub(super) fn is_impossible(&self) -> bool {
        matches!(self, Self::Choice(parts) if parts.is_empty())
    }
}

/// The only part, or all of them.
fn single<L>(mut parts: Vec<Expression<L>>) -> Result<Expression<L>, Vec<Expression<L>>> {
    match parts.len() {
        1 => Ok(parts.swap_remove(0)),
        _ => Err(parts),
    }
}

/// Named rules that refer to each other by number.
#[derive(Clone, Debug)]
pub(super) struct Rules<L> {
    rules: Vec<(String, Expression<L>)>,
}

impl<L> Rules<L> {
    pub(super) fn new() -> Self {
        Self { rules: vec![] }
    }

    /// Adds a rule.
    pub(super) fn add(&mut self, name: impl Into<String>, body: Expression<L>) -> RuleId {
        self.rules.push((name.into(), body));
        RuleId(self.rules.len() - 1)
    }

    /// Sets the body of a rule that was added before what it refers to was known.
    pub(super) fn set(&mut self, rule: RuleId, body: Expression<L>) {
        self.rules[rule.0].1 = body;
    }

    pub(super) fn name(&self, rule: RuleId) -> &str {
        &self.rules[rule.0].0
    }

    pub(super) fn body(&self, rule: RuleId) -> &Expression<L> {
        &self.rules[rule.0].1
    }

    pub(super) fn len(&self) -> usize {
        self.rules.len()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = RuleId> {
        (0..self.rules.len()).map(RuleId)
    }
}
