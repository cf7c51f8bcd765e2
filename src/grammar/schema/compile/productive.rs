//! Whether any value fits at all: a schema that requires itself inside itself has none.

use std::collections::HashSet;

use super::Rule;
use crate::grammar::expression::{Expression, RuleId, Rules};
use crate::grammar::schema::compile::Json;

/// Whether a finite text fits the rule.
///
/// Every part of every rule is looked at once: it counts what it still needs, and what becomes productive tells those that need it.
pub(super) fn is_productive(rules: &Rules<Json>, start: RuleId) -> bool {
    let mut needs = Needs::default();
    needs.waiting.resize_with(rules.len(), Vec::new);
    for rule in rules.ids() {
        needs.add(rules.body(rule), Part::Rule(rule));
    }
    needs.settle();
    needs.is_known(start)
}

#[derive(Clone, Copy)]
enum Part {
    Rule(RuleId),
    /// A sequence or a choice, by its number.
    Group(usize),
}

/// A sequence or a choice inside a rule.
struct Group {
    /// How many of its parts must still become productive.
    missing: usize,
    inside: Part,
}

#[derive(Default)]
struct Needs {
    groups: Vec<Group>,
    /// For each rule, the parts that refer to it, as long as it is not known to be productive.
    waiting: Vec<Vec<Part>>,
    /// The rules that are productive.
    known: HashSet<RuleId>,
    /// Parts of which something became productive.
    open: Vec<Part>,
}

impl Needs {
    fn is_known(&self, rule: RuleId) -> bool {
        self.known.contains(&rule)
    }

    /// Adds an expression inside a part.
    fn add(&mut self, rule: &Rule, inside: Part) {
        match rule {
            Expression::Text(_) | Expression::Leaf(_) | Expression::Repeat { min: 0, .. } => {
                self.open.push(inside);
            }
            Expression::Rule(rule) => self.waiting[rule.0].push(inside),
            Expression::Repeat { item, .. } => self.add(item, inside),
            Expression::Sequence(parts) if parts.is_empty() => self.open.push(inside),
            Expression::Sequence(parts) => self.add_group(parts, parts.len(), inside),
            Expression::Choice(parts) => self.add_group(parts, 1, inside),
        }
    }

    fn add_group(&mut self, parts: &[Rule], missing: usize, inside: Part) {
        let number = self.groups.len();
        self.groups.push(Group { missing, inside });
        for part in parts {
            self.add(part, Part::Group(number));
        }
    }

    fn settle(&mut self) {
        while let Some(part) = self.open.pop() {
            match part {
                Part::Rule(rule) => {
                    if self.known.insert(rule) {
                        self.open.append(&mut self.waiting[rule.0]);
                    }
                }
                Part::Group(number) => {
                    let group = &mut self.groups[number];
                    // A choice may hear of more than one of its parts.
                    let was_missing = group.missing;
                    group.missing = was_missing.saturating_sub(1);
                    if was_missing == 1 {
                        self.open.push(group.inside);
                    }
                }
            }
        }
    }
}
