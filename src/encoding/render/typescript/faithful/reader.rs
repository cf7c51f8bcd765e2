//! From a schema to its [`Shape`]: types, combinations and references.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

use super::keywords::{Keywords, Path, Read};
use super::literal::literal;
use super::references::{Link, Target};
use super::remarks::Remarks;
use super::shape::{Node, Shape, Tuple, Union, ANY, NEVER};
use super::types::{literals, own_types};
use super::MAX_DEPTH;
use crate::error::SchemaProblem;

const OBJECT_KEYWORDS: [&str; 4] = [
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
];
const ARRAY_KEYWORDS: [&str; 2] = ["items", "prefixItems"];
const VALUE_KEYWORDS: [&str; 2] = ["const", "enum"];
const COMBINATIONS: [&str; 4] = ["$ref", "allOf", "anyOf", "oneOf"];

pub(super) struct Reader<'s> {
    document: &'s Value,
    /// The number of each target of a `$ref`, by its decoded pointer.
    numbers: HashMap<String, usize>,
    /// The targets that are still to be read, in the order of their numbers.
    waiting: VecDeque<(String, &'s Value)>,
    /// The references of the target that is being read.
    links: Vec<Link>,
    depth: usize,
    /// How many properties, items and the like lie around the schema that is being read.
    containers: usize,
}

impl<'s> Reader<'s> {
    pub(super) fn new(document: &'s Value) -> Self {
        Reader {
            document,
            numbers: HashMap::from([(String::new(), 0)]),
            waiting: VecDeque::from([(String::new(), document)]),
            links: Vec::new(),
            depth: 0,
            containers: 0,
        }
    }

    /// The document itself, as number 0, and everything that its `$ref`s lead to.
    ///
    /// Targets are read one after the other, not within each other: a chain of them may be longer
    /// than a stack is deep.
    pub(super) fn read_document(mut self) -> Read<Vec<Target<'s>>> {
        let mut targets = Vec::new();
        while let Some((pointer, schema)) = self.waiting.pop_front() {
            let node = self.read(schema, &Path::At(&pointer), None)?;
            targets.push(Target {
                pointer,
                node,
                links: std::mem::take(&mut self.links),
            });
        }
        Ok(targets)
    }

    /// `outer_types` are the types that hold around this schema, for parts of an `anyOf` and its
    /// like that name none themselves.
    fn read(
        &mut self,
        schema: &'s Value,
        path: &Path<'_>,
        outer_types: Option<&[&'s str]>,
    ) -> Read<Node<'s>> {
        if self.depth == MAX_DEPTH {
            return Err(path.error(SchemaProblem::TooDeep { limit: MAX_DEPTH }));
        }
        self.depth += 1;
        let node = match schema {
            Value::Bool(true) => ANY.into(),
            Value::Bool(false) => NEVER.into(),
            Value::Object(members) => {
                self.read_keywords(Keywords { members, path }, outer_types)?
            }
            other => return Err(path.expected("a schema: an object, true or false", other)),
        };
        self.depth -= 1;
        Ok(node)
    }

    fn read_keywords(
        &mut self,
        keywords: Keywords<'s, '_>,
        outer_types: Option<&[&'s str]>,
    ) -> Read<Node<'s>> {
        let own_types = own_types(keywords)?;
        let types = own_types.as_deref().or(outer_types);
        let mut parts = Vec::new();
        if says_more_than_its_type(keywords) || !keywords.has_any(&COMBINATIONS) {
            parts.push(self.read_own_shape(keywords, types)?.into());
        }
        self.read_combinations(keywords, types, &mut parts)?;
        let Node {
            mut shape,
            remarks: inner,
        } = intersection(parts);
        let mut remarks = Remarks::read(keywords)?.over(&inner);
        if let Shape::Tuple(tuple) = &shape {
            forget_limits_of_tuple(&mut remarks, tuple);
        }
        if keywords.flag("nullable")? {
            shape = shape.or_null();
        }
        Ok(Node { shape, remarks })
    }

    fn read_combinations(
        &mut self,
        keywords: Keywords<'s, '_>,
        types: Option<&[&'s str]>,
        parts: &mut Vec<Node<'s>>,
    ) -> Read<()> {
        let path = keywords.path;
        if let Some(reference) = keywords.text("$ref")? {
            parts.push(self.read_reference(reference, &path.key("$ref"))?.into());
        }
        parts.extend(self.read_schemas(keywords, "allOf", types)?);
        for key in ["anyOf", "oneOf"] {
            let variants = self.read_schemas(keywords, key, types)?;
            if !variants.is_empty() {
                parts.push(union(variants, key == "oneOf"));
            }
        }
        Ok(())
    }

    fn read_schemas(
        &mut self,
        keywords: Keywords<'s, '_>,
        key: &str,
        types: Option<&[&'s str]>,
    ) -> Read<Vec<Node<'s>>> {
        let list = keywords.path.key(key);
        let schemas = keywords
            .schemas(key)?
            .unwrap_or_default()
            .iter()
            .enumerate();
        schemas
            .map(|(index, schema)| self.read(schema, &list.index(index), types))
            .collect()
    }

    fn read_reference(&mut self, reference: &'s str, path: &Path<'_>) -> Read<Shape<'s>> {
        let unresolvable = || {
            path.error(SchemaProblem::Unresolvable {
                reference: reference.to_owned(),
            })
        };
        let pointer = reference
            .strip_prefix('#')
            .and_then(percent_decoded)
            .ok_or_else(unresolvable)?;
        let to = match self.numbers.get(&pointer) {
            Some(&number) => number,
            None => {
                let schema = self.document.pointer(&pointer).ok_or_else(unresolvable)?;
                let number = self.numbers.len();
                self.numbers.insert(pointer.clone(), number);
                self.waiting.push_back((pointer, schema));
                number
            }
        };
        let endless = || {
            path.error(SchemaProblem::Endless {
                reference: reference.to_owned(),
            })
        };
        let error_in_circle = (self.containers == 0).then(endless);
        self.links.push(Link {
            to,
            error_in_circle,
        });
        Ok(Shape::Reference(to))
    }

    /// The shape that the schema has by itself, its combinations aside.
    fn read_own_shape(
        &mut self,
        keywords: Keywords<'s, '_>,
        types: Option<&[&'s str]>,
    ) -> Read<Shape<'s>> {
        if let Some(value) = keywords.members.get("const") {
            return Ok(Shape::Literals(vec![literal(value)]));
        }
        if let Some(values) = keywords.list("enum")? {
            return Ok(literals(values, types));
        }
        let Some(types) = types else {
            return self.read_untyped_shape(keywords);
        };
        let shapes = types
            .iter()
            .map(|name| self.read_type(name, keywords))
            .collect::<Read<Vec<_>>>()?;
        Ok(Shape::one_of_types(shapes))
    }

    /// Without a `type` the keywords determine what is meant.
    fn read_untyped_shape(&mut self, keywords: Keywords<'s, '_>) -> Read<Shape<'s>> {
        if keywords.has_any(&OBJECT_KEYWORDS) {
            self.read_object(keywords)
        } else if keywords.has_any(&ARRAY_KEYWORDS) {
            self.read_array(keywords)
        } else {
            Ok(ANY)
        }
    }

    fn read_type(&mut self, name: &str, keywords: Keywords<'s, '_>) -> Read<Shape<'s>> {
        match name {
            "object" => self.read_object(keywords),
            "array" => self.read_array(keywords),
            "string" => Ok(Shape::Word("string")),
            "boolean" => Ok(Shape::Word("boolean")),
            "null" => Ok(Shape::Word("null")),
            _ => Ok(Shape::Word("number")),
        }
    }

    /// Reads a property, an item or the like.
    pub(super) fn read_contained(&mut self, schema: &'s Value, path: &Path<'_>) -> Read<Node<'s>> {
        self.containers += 1;
        let node = self.read(schema, path, None)?;
        self.containers -= 1;
        Ok(node)
    }
}

fn says_more_than_its_type(keywords: Keywords<'_, '_>) -> bool {
    keywords.has_any(&VALUE_KEYWORDS)
        || keywords.has_any(&OBJECT_KEYWORDS)
        || keywords.has_any(&ARRAY_KEYWORDS)
}

/// One of `variants`.
fn union<'s>(mut variants: Vec<Node<'s>>, is_one_of: bool) -> Node<'s> {
    if variants.len() == 1 && !is_one_of {
        return variants.remove(0);
    }
    Shape::Union(Union {
        variants,
        is_one_of,
    })
    .into()
}

/// All of `parts`. A part that is `any` and says nothing adds nothing.
fn intersection<'s>(mut parts: Vec<Node<'s>>) -> Node<'s> {
    if parts.len() > 1 {
        parts.retain(|part| !part.shape.is_any() || !part.remarks.is_empty());
    }
    match parts.len() {
        0 => ANY.into(),
        1 => parts.remove(0),
        _ => Shape::Intersection(parts).into(),
    }
}

/// Drops the limits on the length that the text of a tuple shows.
fn forget_limits_of_tuple(remarks: &mut Remarks<'_>, tuple: &Tuple<'_>) {
    let length = tuple.items.len();
    let exact = format!("maxItems: {length}");
    remarks.limits.retain(|limit| {
        let is_shown = (limit.starts_with("minItems: ") && tuple.required <= length)
            || (*limit == exact && tuple.rest.is_none());
        !is_shown
    });
}

/// `text` with its `%41` as `A`; nothing if that is invalid UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let digits = part
            .get(..2)
            .filter(|code| code.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match digits.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&part.as_bytes()[2..]);
            }
            None => {
                bytes.push(b'%');
                bytes.extend_from_slice(part.as_bytes());
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::percent_decoded;

    #[test]
    fn percent_codes_are_decoded() {
        for (text, decoded) in [
            ("/$defs/A", Some("/$defs/A")),
            ("/%24defs/%C3%A9", Some("/$defs/é")),
            ("/100%/%+1/%é%4", Some("/100%/%+1/%é%4")),
            ("/%C3", None),
        ] {
            assert_eq!(percent_decoded(text).as_deref(), decoded, "{text}");
        }
    }
}
