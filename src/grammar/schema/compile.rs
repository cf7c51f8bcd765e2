//! Schemas as rules, for what cannot read JSON Schema: GBNF, `check` and the matcher.
//!
//! JSON is written with its properties in the order of the schema, others after them, and with whitespace inside but not around it:
//! as the engines that read schemas want it.

mod array;
mod keywords;
mod names;
mod object;
mod productive;
mod string;
mod value;

use std::collections::HashMap;

use serde_json::Value;

use super::class::Class;
use super::pointer::{self, Place};
use crate::error::{GrammarError, SchemaFault};
use crate::grammar::expression::{Expression, RuleId, Rules};
use crate::grammar::options::Unsupported;
use keywords::Keywords;

/// What JSON is made of, beside text.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::grammar) enum Json {
    /// One character.
    Character(Class),
    /// Whitespace, also none.
    Space,
    /// Any number of characters of a string. What follows a backslash is a rule.
    Characters { escape: RuleId },
}

/// The rules of a schema.
#[derive(Clone, Debug)]
pub(in crate::grammar) struct JsonRules {
    pub(in crate::grammar) rules: Rules<Json>,
    pub(in crate::grammar) start: RuleId,
    /// The rules of JSON itself, the same in all schemas.
    pub(in crate::grammar) common: Vec<RuleId>,
    /// The keywords that are not enforced.
    pub(in crate::grammar) relaxed: Vec<GrammarError>,
}

type Rule = Expression<Json>;
type Result<T> = std::result::Result<T, Fault>;

/// What is wrong, and where.
#[derive(Debug)]
struct Fault {
    place: Place,
    problem: SchemaFault,
}

/// The rules of a normalised schema.
///
/// # Errors
/// [`GrammarError::Schema`] for a keyword that no rule can be made of, unless it may be left out, and if no value fits.
pub(in crate::grammar) fn compile(
    schema: &Value,
    of: &str,
    unsupported: Unsupported,
) -> std::result::Result<JsonRules, GrammarError> {
    let error = |fault: Fault| GrammarError::Schema {
        of: of.to_owned(),
        pointer: fault.place.to_string(),
        problem: fault.problem,
    };
    let mut compiler = Compiler {
        root: schema,
        unsupported,
        relaxed: vec![],
        rules: Rules::new(),
        common: HashMap::new(),
        targets: HashMap::new(),
        open: vec![],
    };
    let start = compiler.start(schema).map_err(error)?;
    Ok(JsonRules {
        common: compiler.common.into_values().collect(),
        rules: compiler.rules,
        start,
        relaxed: compiler.relaxed.into_iter().map(error).collect(),
    })
}

struct Compiler<'s> {
    root: &'s Value,
    unsupported: Unsupported,
    /// The keywords that are not enforced.
    relaxed: Vec<Fault>,
    rules: Rules<Json>,
    /// The rules of JSON itself, by name.
    common: HashMap<&'static str, RuleId>,
    /// The rules of what references lead to, by the pointer.
    targets: HashMap<String, RuleId>,
    /// Targets whose rules are not yet written.
    open: Vec<(RuleId, String)>,
}

impl<'s> Compiler<'s> {
    /// The rule of the whole schema, with all that it needs.
    fn start(&mut self, schema: &'s Value) -> Result<RuleId> {
        let start = self.rules.add("root", Rule::EMPTY);
        self.targets.insert(String::new(), start);
        let body = self.schema(schema, &Place::at(""))?;
        self.rules.set(start, body);
        while let Some((rule, pointer)) = self.open.pop() {
            // The normaliser has followed all references.
            let target = self.root.pointer(&pointer).unwrap_or(&Value::Bool(true));
            let body = self.schema(target, &Place::at(&pointer))?;
            self.rules.set(rule, body);
        }
        if !productive::is_productive(&self.rules, start) {
            return Err(Fault {
                place: Place::at(""),
                problem: SchemaFault::Unsatisfiable,
            });
        }
        Ok(start)
    }

    /// Leaves out keywords that cannot be enforced, if the caller allows that. Every value that fits with them also fits without them.
    fn leave_out(&mut self, keywords: Vec<Fault>) -> Result<()> {
        match self.unsupported {
            Unsupported::Error => keywords.into_iter().next().map_or(Ok(()), Err),
            Unsupported::Relax => {
                self.relaxed.extend(keywords);
                Ok(())
            }
        }
    }

    /// The values that fit a schema; impossible if there are none.
    fn schema(&mut self, schema: &'s Value, at: &Place) -> Result<Rule> {
        let keywords = match schema {
            Value::Bool(false) => return Ok(Rule::Choice(vec![])),
            Value::Object(keywords) => Keywords::new(keywords, at),
            // The normaliser has refused everything else.
            _ => return Ok(self.any_value()),
        };
        if let Some(reference) = keywords.get("$ref").and_then(Value::as_str) {
            self.leave_out(keywords.besides(&["$ref"]))?;
            return Ok(self.target(reference));
        }
        if let Some(value) = keywords.get("const") {
            self.leave_out(keywords.besides(&["const", "type"]))?;
            return Ok(Rule::choice(keywords.literal(value)));
        }
        if let Some(Value::Array(values)) = keywords.get("enum") {
            self.leave_out(keywords.besides(&["enum", "type"]))?;
            let literals = values.iter().filter_map(|value| keywords.literal(value));
            return Ok(Rule::choice(literals));
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(Value::Array(schemas)) = keywords.get(keyword) {
                self.leave_out(keywords.besides(&[keyword]))?;
                return self.any_of(schemas, &at.key(keyword));
            }
        }
        self.typed(&keywords)
    }

    fn any_of(&mut self, schemas: &'s [Value], at: &Place) -> Result<Rule> {
        let mut choices = vec![];
        for (index, schema) in schemas.iter().enumerate() {
            choices.push(self.schema(schema, &at.index(index))?);
        }
        Ok(Rule::choice(choices))
    }

    fn typed(&mut self, keywords: &Keywords<'s>) -> Result<Rule> {
        let types: Vec<&str> = match keywords.get("type") {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => {
                self.leave_out(keywords.besides(&[]))?;
                return Ok(self.any_value());
            }
        };
        self.leave_out(keywords.unenforced(&types))?;
        let mut choices = vec![];
        for name in types {
            choices.push(match name {
                "object" => self.object(keywords)?,
                "array" => self.array(keywords)?,
                "string" => self.string(keywords)?,
                "integer" => self.integer(),
                "number" => self.number(),
                "boolean" => Rule::choice(["true", "false"].map(Rule::text)),
                _ => Rule::text("null"),
            });
        }
        Ok(Rule::choice(choices))
    }

    /// The rule of what a reference leads to.
    fn target(&mut self, reference: &str) -> Rule {
        let pointer = pointer::of_reference(reference).unwrap_or_default();
        if let Some(rule) = self.targets.get(&pointer) {
            return Rule::Rule(*rule);
        }
        let rule = self
            .rules
            .add(format!("ref-{}", self.targets.len()), Rule::EMPTY);
        self.targets.insert(pointer.clone(), rule);
        self.open.push((rule, pointer));
        Rule::Rule(rule)
    }

    /// A rule with a number in its name.
    fn add(&mut self, name: &str, body: Rule) -> Rule {
        let number = self.rules.len();
        Rule::Rule(self.rules.add(format!("{name}-{number}"), body))
    }

    /// A rule of JSON itself, which is written once.
    fn common(&mut self, name: &'static str, body: impl FnOnce(&mut Self) -> Rule) -> Rule {
        Rule::Rule(self.common_id(name, body))
    }

    fn common_id(&mut self, name: &'static str, body: impl FnOnce(&mut Self) -> Rule) -> RuleId {
        if let Some(rule) = self.common.get(name) {
            return *rule;
        }
        let rule = self.rules.add(name, Rule::EMPTY);
        // Known by name before it is written: values hold values.
        self.common.insert(name, rule);
        let body = body(self);
        self.rules.set(rule, body);
        rule
    }
}

fn space() -> Rule {
    Rule::Leaf(Json::Space)
}

fn character(class: Class) -> Rule {
    Rule::Leaf(Json::Character(class))
}
