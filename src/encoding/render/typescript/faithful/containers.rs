//! Objects and arrays.

use std::collections::HashSet;

use serde_json::Value;

use super::keywords::{Keywords, Read};
use super::reader::Reader;
use super::shape::{Node, Property, Shape, Tuple, ANY};

impl<'s> Reader<'s> {
    pub(super) fn read_object(&mut self, keywords: Keywords<'s, '_>) -> Read<Shape<'s>> {
        let properties = self.read_properties(keywords)?;
        let values = self.read_unlisted_values(keywords)?;
        if values.is_empty() {
            return Ok(Shape::Object(properties));
        }
        if properties.is_empty() {
            return Ok(Shape::Record(values));
        }
        Ok(Shape::Intersection(vec![
            Shape::Object(properties).into(),
            Shape::Record(values).into(),
        ]))
    }

    fn read_properties(&mut self, keywords: Keywords<'s, '_>) -> Read<Vec<Property<'s>>> {
        let required = required_names(keywords)?;
        let unordered: HashSet<&str> = required.iter().copied().collect();
        let path = keywords.path.key("properties");
        let mut properties = Vec::new();
        let listed = keywords.map("properties")?;
        for (name, schema) in listed.into_iter().flatten() {
            let node = self.read_contained(schema, &path.key(name))?;
            properties.push(Property {
                name,
                required: unordered.contains(name.as_str()),
                node,
            });
        }
        let mut unlisted = HashSet::new();
        for name in required {
            if !listed.is_some_and(|listed| listed.contains_key(name)) && unlisted.insert(name) {
                properties.push(Property {
                    name,
                    required: true,
                    node: ANY.into(),
                });
            }
        }
        Ok(properties)
    }

    /// What values the properties may have that `properties` does not list, if that is said.
    fn read_unlisted_values(&mut self, keywords: Keywords<'s, '_>) -> Read<Vec<Node<'s>>> {
        let path = keywords.path.key("patternProperties");
        let mut values = Vec::new();
        for (pattern, schema) in keywords.map("patternProperties")?.into_iter().flatten() {
            values.push(self.read_contained(schema, &path.key(pattern))?);
        }
        match keywords.members.get("additionalProperties") {
            None | Some(Value::Bool(false)) => {}
            Some(schema) => {
                let path = keywords.path.key("additionalProperties");
                values.push(self.read_contained(schema, &path)?);
            }
        }
        Ok(values)
    }

    pub(super) fn read_array(&mut self, keywords: Keywords<'s, '_>) -> Read<Shape<'s>> {
        // Up to draft 2019-09 a list of items was what prefixItems is now.
        let (front, rest) = match keywords.members.get("items") {
            Some(Value::Array(_)) => ("items", "additionalItems"),
            _ => ("prefixItems", "items"),
        };
        let rest = match keywords.members.get(rest) {
            Some(schema) => Some(Box::new(
                self.read_contained(schema, &keywords.path.key(rest))?,
            )),
            None => None,
        };
        let Some(schemas) = keywords.list(front)? else {
            return Ok(Shape::List(rest));
        };
        let path = keywords.path.key(front);
        let items = schemas.iter().enumerate();
        let items: Vec<_> = items
            .map(|(index, schema)| self.read_contained(schema, &path.index(index)))
            .collect::<Read<_>>()?;
        // Without minItems even [] would do; that all items are there is what is meant.
        let required = keywords.count("minItems")?.unwrap_or(items.len());
        let rest = rest.filter(|rest| !rest.shape.is_never());
        Ok(Shape::Tuple(Tuple {
            items,
            required,
            rest,
        }))
    }
}

fn required_names<'s>(keywords: Keywords<'s, '_>) -> Read<Vec<&'s str>> {
    let path = keywords.path.key("required");
    let names = keywords
        .list("required")?
        .unwrap_or_default()
        .iter()
        .enumerate();
    names
        .map(|(index, name)| {
            name.as_str()
                .ok_or_else(|| path.index(index).expected("the name of a property", name))
        })
        .collect()
}
