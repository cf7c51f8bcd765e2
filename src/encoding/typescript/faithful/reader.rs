//! From a schema to its [`Shape`].

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::super::schema_error::{SchemaError, SchemaProblem};
use super::definitions::Target;
use super::keywords::{Keywords, Path};
use super::literal::literal;
use super::remarks::Remarks;
use super::shape::{Node, Property, Shape, Tuple, Union, ANY, NEVER};
use super::MAX_DEPTH;

type Read<T> = Result<T, SchemaError>;

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
    targets: Vec<OpenTarget<'s>>,
    /// The number of each target, by its decoded pointer.
    numbers: HashMap<String, usize>,
    depth: usize,
    /// How many properties, items and the like lie between the root and the schema being read.
    containers: usize,
}

struct OpenTarget<'s> {
    pointer: String,
    opened_at: usize,
    recursive: bool,
    uses: usize,
    /// Missing while the target is being read.
    node: Option<Node<'s>>,
}

impl<'s> Reader<'s> {
    pub(super) fn new(document: &'s Value) -> Self {
        Reader {
            document,
            targets: Vec::new(),
            numbers: HashMap::new(),
            depth: 0,
            containers: 0,
        }
    }

    /// The document itself, as number 0, and everything that its `$ref`s lead to.
    pub(super) fn read_document(mut self) -> Read<Vec<Target<'s>>> {
        self.read_target(String::new(), self.document)?;
        let targets = self.targets.into_iter().filter_map(|open| {
            let OpenTarget {
                pointer,
                recursive,
                uses,
                node,
                ..
            } = open;
            // OK because every target that was opened has been read by now.
            Some(Target {
                pointer,
                recursive,
                uses,
                node: node?,
            })
        });
        Ok(targets.collect())
    }

    fn read_target(&mut self, pointer: String, schema: &'s Value) -> Read<usize> {
        let number = self.targets.len();
        self.numbers.insert(pointer.clone(), number);
        self.targets.push(OpenTarget {
            pointer: pointer.clone(),
            opened_at: self.containers,
            recursive: false,
            uses: 0,
            node: None,
        });
        let node = self.read(schema, &Path::At(&pointer), None)?;
        self.targets[number].node = Some(node);
        Ok(number)
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
        let own_types = types(keywords)?;
        let types = own_types.as_deref().or(outer_types);
        let mut parts = Vec::new();
        if says_more_than_its_type(keywords) || !keywords.has_any(&COMBINATIONS) {
            parts.push(self.read_own_shape(keywords, types)?.into());
        }
        self.read_combinations(keywords, types, &mut parts)?;
        let mut remarks = Remarks::read(keywords)?;
        let mut shape = match intersection(parts) {
            Node {
                shape,
                remarks: inner,
            } => {
                remarks = remarks.over(&inner);
                shape
            }
        };
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
        let number = match self.numbers.get(&pointer) {
            Some(&number) => number,
            None => {
                let schema = self.document.pointer(&pointer).ok_or_else(unresolvable)?;
                self.read_target(pointer, schema)?
            }
        };
        let target = &mut self.targets[number];
        target.uses += 1;
        if target.node.is_none() {
            if target.opened_at == self.containers {
                return Err(path.error(SchemaProblem::Endless {
                    reference: reference.to_owned(),
                }));
            }
            target.recursive = true;
        }
        Ok(Shape::Reference(number))
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

    /// Without a `type` the keywords tell what is meant.
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

    fn read_object(&mut self, keywords: Keywords<'s, '_>) -> Read<Shape<'s>> {
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

    fn read_array(&mut self, keywords: Keywords<'s, '_>) -> Read<Shape<'s>> {
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
        let rest = rest.filter(|rest| !matches!(rest.shape, Shape::Word("never")));
        Ok(Shape::Tuple(Tuple {
            items,
            required,
            rest,
        }))
    }

    fn read_contained(&mut self, schema: &'s Value, path: &Path<'_>) -> Read<Node<'s>> {
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

/// The names of `type`, one or several.
fn types<'s>(keywords: Keywords<'s, '_>) -> Read<Option<Vec<&'s str>>> {
    const EXPECTED: &str =
        "a type (string, number, integer, boolean, object, array, null) or a list of types";
    const NAMES: [&str; 7] = [
        "string", "number", "integer", "boolean", "object", "array", "null",
    ];
    let Some(value) = keywords.members.get("type") else {
        return Ok(None);
    };
    let path = keywords.path.key("type");
    let known = |value: &'s Value| value.as_str().filter(|name| NAMES.contains(name));
    let names = match value {
        Value::Array(names) if !names.is_empty() => names
            .iter()
            .enumerate()
            .map(|(index, name)| {
                known(name).ok_or_else(|| path.index(index).expected(EXPECTED, name))
            })
            .collect::<Read<Vec<_>>>()?,
        name => vec![known(name).ok_or_else(|| path.expected(EXPECTED, name))?],
    };
    Ok(Some(names))
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

/// The values of an `enum` that `types` admit.
fn literals<'s>(values: &[Value], types: Option<&[&str]>) -> Shape<'s> {
    let admitted =
        |value: &&Value| types.is_none_or(|types| types.iter().any(|name| has_type(value, name)));
    let literals: Vec<String> = values.iter().filter(admitted).map(literal).collect();
    if literals.is_empty() {
        NEVER
    } else {
        Shape::Literals(literals)
    }
}

fn has_type(value: &Value, name: &str) -> bool {
    match value {
        Value::Null => name == "null",
        Value::Bool(_) => name == "boolean",
        Value::Number(number) => {
            let is_whole = number.as_f64().is_some_and(|number| number.fract() == 0.0);
            name == "number" || (name == "integer" && is_whole)
        }
        Value::String(_) => name == "string",
        Value::Array(_) => name == "array",
        Value::Object(_) => name == "object",
    }
}

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

/// `text` with its `%41` as `A`; nothing if that is no UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let code = behind.get(..2).filter(|_| first == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).ok()
}
