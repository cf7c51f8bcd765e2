//! What Lark and GBNF have in common: rules as alternatives of sequences of repeated parts.

use std::collections::HashSet;

use crate::grammar::expression::{Expression, RuleId, Rules};

/// A language of grammars.
pub(super) trait Notation<L> {
    /// Appends a literal text.
    fn text(&mut self, text: &str, out: &mut String);

    /// Appends a leaf.
    fn leaf(&mut self, leaf: &L, out: &mut String);

    /// Appends a reference to a rule.
    fn rule(&mut self, rule: RuleId, out: &mut String);
}

/// Where an expression is, which decides whether it needs parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// On its own.
    Rule,
    /// Between other parts.
    Part,
    /// Before `*` and the like.
    Item,
}

/// Appends an expression.
pub(super) fn write<L>(
    notation: &mut impl Notation<L>,
    expression: &Expression<L>,
    place: Place,
    out: &mut String,
) {
    match expression {
        Expression::Text(text) => notation.text(text, out),
        Expression::Leaf(leaf) => notation.leaf(leaf, out),
        Expression::Rule(rule) => notation.rule(*rule, out),
        Expression::Sequence(parts) if parts.is_empty() => out.push_str("\"\""),
        Expression::Sequence(parts) => in_parentheses(place == Place::Item, out, |out| {
            separated(notation, parts, " ", out);
        }),
        Expression::Choice(parts) => {
            let mut parts: Vec<_> = parts.iter().collect();
            let len = parts.len();
            parts.retain(|part| !matches!(part, Expression::Sequence(parts) if parts.is_empty()));
            let is_optional = parts.len() < len;
            in_parentheses(place > Place::Rule || is_optional, out, |out| {
                separated(notation, parts, " | ", out);
            });
            if is_optional {
                out.push('?');
            }
        }
        Expression::Repeat { item, min, max } => {
            write(notation, item, Place::Item, out);
            match (min, max) {
                (0, Some(1)) => out.push('?'),
                (0, None) => out.push('*'),
                (1, None) => out.push('+'),
                (min, None) => *out += &format!("{{{min},}}"),
                (min, Some(max)) => *out += &format!("{{{min},{max}}}"),
            }
        }
    }
}

fn separated<'e, L: 'e>(
    notation: &mut impl Notation<L>,
    parts: impl IntoIterator<Item = &'e Expression<L>>,
    separator: &str,
    out: &mut String,
) {
    // Alternatives bind less than what is in them.
    let place = if separator == " " {
        Place::Part
    } else {
        Place::Rule
    };
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            out.push_str(separator);
        }
        write(notation, part, place, out);
    }
}

fn in_parentheses(wanted: bool, out: &mut String, write: impl FnOnce(&mut String)) {
    if !wanted {
        return write(out);
    }
    out.push('(');
    write(out);
    out.push(')');
}

/// The rules that an expression needs, directly or not, in their order.
pub(super) fn needed<L>(start: &Expression<L>, rules: &Rules<L>) -> Vec<RuleId> {
    let mut seen = HashSet::new();
    let mut open = vec![start];
    while let Some(expression) = open.pop() {
        match expression {
            Expression::Text(_) | Expression::Leaf(_) => {}
            Expression::Rule(rule) if seen.insert(*rule) => open.push(rules.body(*rule)),
            Expression::Rule(_) => {}
            Expression::Sequence(parts) | Expression::Choice(parts) => open.extend(parts),
            Expression::Repeat { item, .. } => open.push(item),
        }
    }
    let mut needed: Vec<RuleId> = seen.into_iter().collect();
    needed.sort_unstable();
    needed
}
