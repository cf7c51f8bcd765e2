//! Any JSON value, and numbers.

use super::{character, space, Class, Compiler, Rule};

impl Compiler<'_> {
    /// Any JSON value.
    pub(super) fn any_value(&mut self) -> Rule {
        self.common("value", |compiler| {
            Rule::choice([
                compiler.any_object(),
                compiler.any_array(),
                compiler.any_string(),
                compiler.number(),
                Rule::text("true"),
                Rule::text("false"),
                Rule::text("null"),
            ])
        })
    }

    fn any_object(&mut self) -> Rule {
        self.common("object", |compiler| {
            let member = [compiler.any_string(), colon(), compiler.any_value()];
            listed("{", Rule::sequence(member), "}")
        })
    }

    fn any_array(&mut self) -> Rule {
        self.common("array", |compiler| listed("[", compiler.any_value(), "]"))
    }

    pub(super) fn integer(&mut self) -> Rule {
        self.common("integer", |_| {
            let first = character(Class::of([('1', '9')]));
            let natural = Rule::sequence([first, Rule::star(digit())]);
            Rule::sequence([
                Rule::optional(Rule::text("-")),
                Rule::choice([Rule::text("0"), natural]),
            ])
        })
    }

    pub(super) fn number(&mut self) -> Rule {
        self.common("number", |compiler| {
            let digits = || Rule::repeat(digit(), 1, None);
            let fraction = Rule::sequence([Rule::text("."), digits()]);
            let sign = Rule::optional(character(Class::of([('+', '+'), ('-', '-')])));
            let letter = character(Class::of([('e', 'e'), ('E', 'E')]));
            let exponent = Rule::sequence([letter, sign, digits()]);
            Rule::sequence([
                compiler.integer(),
                Rule::optional(fraction),
                Rule::optional(exponent),
            ])
        })
    }
}

fn digit() -> Rule {
    character(Class::of([('0', '9')]))
}

/// What is between the items of an array or the members of an object.
pub(super) fn comma() -> Rule {
    Rule::sequence([space(), Rule::text(","), space()])
}

/// What is between a property's name and its value.
pub(super) fn colon() -> Rule {
    Rule::sequence([space(), Rule::text(":"), space()])
}

/// Any number of items with commas between them.
fn listed(open: &str, item: Rule, close: &str) -> Rule {
    let more = Rule::star(Rule::sequence([comma(), item.clone()]));
    let items = Rule::optional(Rule::sequence([item, more, space()]));
    Rule::sequence([Rule::text(open), space(), items, Rule::text(close)])
}
