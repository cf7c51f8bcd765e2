//! Whether any value fits at all: a schema that requires itself inside itself has none.

use super::Rule;
use crate::grammar::expression::{Expression, RuleId, Rules};
use crate::grammar::schema::compile::Json;

/// Whether a finite text fits the rule.
///
/// Rules that are known to be productive make others so, until none is added. What a rule needs was mostly added right before or right
/// after it, so few rounds are needed, forwards and backwards in turn.
pub(super) fn is_productive(rules: &Rules<Json>, start: RuleId) -> bool {
    let mut known = vec![false; rules.ids().count()];
    let mut order: Vec<RuleId> = rules.ids().collect();
    loop {
        let before = order.len();
        order.retain(|rule| {
            known[rule.0] = ends(rules.body(*rule), &known);
            !known[rule.0]
        });
        if order.len() == before || known[start.0] {
            return known[start.0];
        }
        order.reverse();
    }
}

fn ends(rule: &Rule, known: &[bool]) -> bool {
    match rule {
        Expression::Text(_) | Expression::Leaf(_) => true,
        Expression::Rule(rule) => known[rule.0],
        Expression::Sequence(parts) => parts.iter().all(|part| ends(part, known)),
        Expression::Choice(parts) => parts.iter().any(|part| ends(part, known)),
        Expression::Repeat { item, min, .. } => *min == 0 || ends(item, known),
    }
}
