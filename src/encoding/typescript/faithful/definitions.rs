//! Which targets of `$ref` stand in place and which get a name.

use std::collections::HashSet;

use super::remarks::Remarks;
use super::shape::{Node, Shape};

/// A target that is used more than once is written in place up to this weight, about as many
/// characters: a small enum reads better where it is used, a large object would cost its length
/// at each use, and targets that use each other twice would double it at each step.
const MAX_REPEATED_WEIGHT: usize = 200;

/// The number of the document itself among the targets.
pub(super) const ROOT: usize = 0;

/// What a `$ref` leads to.
pub(super) struct Target<'s> {
    pub(super) pointer: String,
    /// It contains a reference to itself.
    pub(super) recursive: bool,
    /// How many `$ref`s lead to it.
    pub(super) uses: usize,
    pub(super) node: Node<'s>,
}

pub(super) struct Definitions<'s> {
    targets: Vec<Target<'s>>,
    names: Vec<Option<String>>,
}

impl<'s> Definitions<'s> {
    /// Names those of `targets` that need it; the names join `taken`.
    pub(super) fn new(targets: Vec<Target<'s>>, taken: &mut HashSet<String>) -> Self {
        let mut weights = Weights {
            targets: &targets,
            known: vec![None; targets.len()],
        };
        let names = (0..targets.len())
            .map(|number| {
                weights
                    .needs_name(number)
                    .then(|| free_name(&targets[number], taken))
            })
            .collect();
        Definitions { targets, names }
    }

    pub(super) fn node(&self, number: usize) -> &Node<'s> {
        &self.targets[number].node
    }

    pub(super) fn name(&self, number: usize) -> Option<&str> {
        self.names[number].as_deref()
    }

    pub(super) fn named(&self) -> impl Iterator<Item = (usize, &str)> {
        self.names
            .iter()
            .enumerate()
            .filter_map(|(number, name)| Some((number, name.as_deref()?)))
    }
}

/// About how many characters nodes take, each target computed once.
struct Weights<'t, 's> {
    targets: &'t [Target<'s>],
    known: Vec<Option<usize>>,
}

impl Weights<'_, '_> {
    fn needs_name(&mut self, number: usize) -> bool {
        let target = &self.targets[number];
        target.recursive || (target.uses > 1 && self.of_target(number) > MAX_REPEATED_WEIGHT)
    }

    /// Ends because every circle of references goes through a recursive target, which has a name.
    fn of_target(&mut self, number: usize) -> usize {
        if let Some(weight) = self.known[number] {
            return weight;
        }
        let targets = self.targets;
        let weight = self.of_node(&targets[number].node);
        self.known[number] = Some(weight);
        weight
    }

    fn of_node(&mut self, node: &Node<'_>) -> usize {
        remarks_weight(&node.remarks).saturating_add(self.of_shape(&node.shape))
    }

    fn of_shape(&mut self, shape: &Shape<'_>) -> usize {
        match shape {
            Shape::Word(word) => word.len(),
            Shape::Literals(values) => values.iter().map(|value| value.len() + 3).sum(),
            Shape::List(item) => 2 + item.as_deref().map_or(8, |item| self.of_node(item)),
            Shape::Tuple(tuple) => self.of_nodes(tuple.items.iter().chain(tuple.rest.as_deref())),
            Shape::Object(properties) => properties.iter().fold(4, |weight, property| {
                let own = 8 + property.name.len() + self.of_node(&property.node);
                weight.saturating_add(own)
            }),
            Shape::Record(values) => self.of_nodes(values.iter()),
            Shape::Union(union) => self.of_nodes(union.variants.iter()),
            Shape::Intersection(parts) => self.of_nodes(parts.iter()),
            Shape::Reference(number) if self.needs_name(*number) => 16,
            Shape::Reference(number) => self.of_target(*number),
        }
    }

    fn of_nodes<'n, 's: 'n>(&mut self, nodes: impl Iterator<Item = &'n Node<'s>>) -> usize {
        nodes.fold(4, |weight, node| {
            weight.saturating_add(self.of_node(node)).saturating_add(3)
        })
    }
}

fn remarks_weight(remarks: &Remarks<'_>) -> usize {
    let texts = [remarks.title, remarks.description];
    let texts: usize = texts.iter().flatten().map(|text| text.len()).sum();
    let limits: usize = remarks.limits.iter().map(String::len).sum();
    // Examples and defaults are rare and mostly short.
    texts + limits + 16 * (remarks.examples.len() + usize::from(remarks.default.is_some()))
}

/// A name for `target` that nothing else has: that of its definition, numbered if need be.
fn free_name(target: &Target<'_>, taken: &mut HashSet<String>) -> String {
    let stem = stem(target);
    let mut name = stem.clone();
    let mut number = 2;
    while RESERVED.contains(&name.as_str()) || taken.contains(&name) {
        name = format!("{stem}{number}");
        number += 1;
    }
    taken.insert(name.clone());
    name
}

fn stem(target: &Target<'_>) -> String {
    let own_name = match target.pointer.rsplit_once('/') {
        Some((_, last)) => last.replace("~1", "/").replace("~0", "~"),
        None => target.node.remarks.title.unwrap_or("Parameters").to_owned(),
    };
    let keep = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter
        } else {
            '_'
        }
    };
    let word: String = own_name.chars().map(keep).collect();
    let word = word.trim_matches('_');
    match word.chars().next() {
        None => "Definition".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("_{word}"),
        Some(_) => word.to_owned(),
    }
}

/// Words that TypeScript takes in the place of a type's name, or that the output uses itself.
const RESERVED: [&str; 65] = [
    "Array",
    "Record",
    "any",
    "as",
    "asserts",
    "async",
    "await",
    "bigint",
    "boolean",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "declare",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "infer",
    "instanceof",
    "interface",
    "intrinsic",
    "is",
    "keyof",
    "let",
    "namespace",
    "never",
    "new",
    "null",
    "number",
    "object",
    "package",
    "private",
    "protected",
    "public",
    "readonly",
    "return",
    "static",
    "string",
    "super",
    "switch",
    "symbol",
    "this",
    "throw",
    "true",
    "type",
    "typeof",
    "undefined",
    "unique",
    "unknown",
    "void",
];
