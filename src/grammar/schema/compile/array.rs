//! Arrays.

use super::value::comma;
use super::{space, Compiler, Keywords, Result, Rule};

impl<'s> Compiler<'s> {
    pub(super) fn array(&mut self, keywords: &Keywords<'s>) -> Result<Rule> {
        let item = match keywords.get("items") {
            // It is about the items after the first ones, which have schemas of their own that are not enforced.
            _ if keywords.has_effective("prefixItems") => self.any_value(),
            Some(schema) => self.schema(schema, &keywords.at("items"))?,
            None => self.any_value(),
        };
        let min = keywords.count("minItems").unwrap_or(0);
        let max = keywords.count("maxItems");
        if max.is_some_and(|max| max < min) {
            return Ok(Rule::Choice(vec![]));
        }
        let items = self.items(item, min, max);
        Ok(Rule::sequence([
            Rule::text("["),
            space(),
            items,
            Rule::text("]"),
        ]))
    }

    fn items(&mut self, item: Rule, min: u32, max: Option<u32>) -> Rule {
        if max == Some(0) {
            return Rule::EMPTY;
        }
        let item = match item {
            item @ (Rule::Rule(_) | Rule::Text(_) | Rule::Leaf(_)) => item,
            item if item.is_impossible() => item,
            item => self.add("item", item),
        };
        let another = Rule::sequence([comma(), item.clone()]);
        let more = Rule::repeat(another, min.saturating_sub(1), max.map(|max| max - 1));
        let items = Rule::sequence([item, more, space()]);
        Rule::repeat(items, min.min(1), Some(1))
    }
}
