//! Objects: declared properties in their order, then others.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::string::quoted;
use super::value::{colon, comma};
use super::{space, Compiler, Keywords, Result, Rule};

/// A property as a rule: name, colon, value.
struct Member {
    rule: Rule,
    required: bool,
}

impl<'s> Compiler<'s> {
    pub(super) fn object(&mut self, keywords: &Keywords<'s>) -> Result<Rule> {
        let properties = keywords.get("properties").and_then(Value::as_object);
        let members = match properties {
            Some(properties) => self.declared(properties, keywords)?,
            None => vec![],
        };
        let names = properties.into_iter().flat_map(Map::keys);
        let other = self.other(names.map(String::as_str).collect(), keywords)?;
        Ok(Rule::sequence([
            Rule::text("{"),
            space(),
            self.members(members, other),
            Rule::text("}"),
        ]))
    }

    fn declared(
        &mut self,
        properties: &'s Map<String, Value>,
        keywords: &Keywords<'s>,
    ) -> Result<Vec<Member>> {
        let required = keywords.get("required").and_then(Value::as_array);
        let required: HashSet<&str> = required
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let at = keywords.at("properties");
        let mut members = vec![];
        for (name, schema) in properties {
            let value = self.schema(schema, &at.key(name))?;
            let required = required.contains(name.as_str());
            if value.is_impossible() && !required {
                continue;
            }
            let name = Rule::text(Value::from(name.as_str()).to_string());
            let mut rule = Rule::sequence([name, colon(), value]);
            if !required {
                // Written twice: as the first member and after another one.
                rule = self.add("member", rule);
            }
            members.push(Member { rule, required });
        }
        Ok(members)
    }

    /// A property that is not declared; `None` if there can be none.
    fn other(&mut self, declared: Vec<&str>, keywords: &Keywords<'s>) -> Result<Option<Rule>> {
        let value = match keywords.get("additionalProperties") {
            // It is about the properties that have no pattern either, and patterns are not enforced.
            _ if keywords.has_effective("patternProperties") => self.any_value(),
            Some(schema) => self.schema(schema, &keywords.at("additionalProperties"))?,
            None => self.any_value(),
        };
        if value.is_impossible() {
            return Ok(None);
        }
        let name = if declared.is_empty() {
            self.any_string()
        } else {
            quoted(self.string_except(declared))
        };
        let rule = Rule::sequence([name, colon(), value]);
        Ok(Some(self.add("other", rule)))
    }

    /// The inside of an object. The first member has no comma before it.
    fn members(&mut self, members: Vec<Member>, other: Option<Rule>) -> Rule {
        let others = other.clone().map(|other| Rule::star(after_comma(other)));
        // What may follow a member, from the last to the first.
        let mut rest = Rule::sequence(others.into_iter().chain([space()]));
        let no_members = other.map(|other| Rule::sequence([other, rest.clone()]));
        let mut firsts = vec![Rule::choice(no_members.into_iter().chain([Rule::EMPTY]))];
        for Member { rule, required } in members.into_iter().rev() {
            if required {
                firsts.clear();
            }
            firsts.push(Rule::sequence([rule.clone(), rest.clone()]));
            let next = after_comma(rule);
            let next = if required { next } else { Rule::optional(next) };
            rest = self.add("members", Rule::sequence([next, rest]));
        }
        Rule::choice(firsts.into_iter().rev())
    }
}

fn after_comma(member: Rule) -> Rule {
    Rule::sequence([comma(), member])
}
