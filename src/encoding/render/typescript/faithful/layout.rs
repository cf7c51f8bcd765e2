//! What the text of a [`Shape`] looks like: which lines it takes and what comments come above and after.

use serde_json::Value;

use super::definitions::Definitions;
use super::literal::{is_plain_line, lines, literal};
use super::remarks::Remarks;
use super::shape::{Node, Shape, Union};

#[derive(Clone, Copy)]
pub(super) struct Layout<'d, 's> {
    pub(super) definitions: &'d Definitions<'s>,
}

impl<'d, 's> Layout<'d, 's> {
    /// The shape that is written for `shape`: its own, or that of a `$ref` target without a name.
    pub(super) fn in_place(self, mut shape: &'d Shape<'s>) -> &'d Shape<'s> {
        while let Shape::Reference(number) = shape {
            match self.definitions.name(*number) {
                Some(_) => break,
                None => shape = &self.definitions.node(*number).shape,
            }
        }
        shape
    }

    /// The remarks on `node`, and on the targets that are written in its place.
    pub(super) fn remarks_of(self, node: &'d Node<'s>) -> Remarks<'s> {
        let mut remarks = node.remarks.clone();
        let mut shape = &node.shape;
        while let Shape::Reference(number) = shape {
            if self.definitions.name(*number).is_some() {
                break;
            }
            let target = self.definitions.node(*number);
            remarks = remarks.over(&target.remarks);
            shape = &target.shape;
        }
        remarks
    }

    /// Title, description and examples of `node`, then what is said about the items, values and
    /// parts inside, for which the text of its type has no line.
    pub(super) fn lines_above(self, node: &'d Node<'s>, remarks: &Remarks<'_>) -> Vec<String> {
        let mut said = remark_lines(remarks);
        self.collect_inner_remarks(&node.shape, "", &mut said);
        said
    }

    /// Limits and default of `node`, which come after it.
    pub(super) fn comment_after(self, node: &'d Node<'s>, remarks: &Remarks<'_>) -> Option<String> {
        let is_enum = remarks.default.is_some() && self.is_enum(&node.shape);
        let default = remarks.default.map(|value| match value {
            Value::String(text) if is_enum && is_plain_line(text) => format!("default: {text}"),
            value => format!("default: {}", literal(value)),
        });
        let said: Vec<&str> = remarks
            .limits
            .iter()
            .map(String::as_str)
            .chain(default.as_deref())
            .collect();
        (!said.is_empty()).then(|| said.join(", "))
    }

    /// The union that `shape` is, if its variants are on separate lines where it is alone.
    pub(super) fn union_of_lines(self, shape: &'d Shape<'s>) -> Option<&'d Union<'s>> {
        match self.in_place(shape) {
            Shape::Union(union) if union.is_one_of || !self.fits_in_line(union) => Some(union),
            _ => None,
        }
    }

    /// Whether nothing is said about the variants and one at most needs more than one line.
    pub(super) fn fits_in_line(self, union: &'d Union<'s>) -> bool {
        let variants = &union.variants;
        let objects = variants
            .iter()
            .filter(|variant| self.has_lines(&variant.shape));
        objects.count() <= 1 && variants.iter().all(|variant| self.is_silent(variant))
    }

    /// Whether the text of `shape` has more than one line. Asks each part once.
    pub(super) fn has_lines(self, shape: &'d Shape<'s>) -> bool {
        match self.in_place(shape) {
            Shape::Object(_) => true,
            Shape::List(item) => item
                .as_deref()
                .is_some_and(|item| self.has_lines(&item.shape)),
            Shape::Tuple(tuple) => {
                let mut items = tuple.items.iter().chain(tuple.rest.as_deref());
                items.any(|item| self.has_lines(&item.shape))
            }
            Shape::Union(Union { variants, .. }) => variants
                .iter()
                .any(|variant| self.has_lines(&variant.shape) || !self.is_silent(variant)),
            Shape::Record(nodes) | Shape::Intersection(nodes) => {
                nodes.iter().any(|node| self.has_lines(&node.shape))
            }
            Shape::Word(_) | Shape::Literals(_) | Shape::Reference(_) => false,
        }
    }

    fn is_silent(self, node: &'d Node<'s>) -> bool {
        let remarks = self.remarks_of(node);
        remarks.is_empty() && self.lines_above(node, &remarks).is_empty()
    }

    /// Whether `shape` is a choice of values, `null` aside.
    fn is_enum(self, shape: &'d Shape<'s>) -> bool {
        match self.in_place(shape) {
            Shape::Literals(_) | Shape::Word("null") => true,
            Shape::Union(Union { variants, .. }) => {
                variants.iter().all(|variant| self.is_enum(&variant.shape))
            }
            _ => false,
        }
    }

    fn collect_inner_remarks(self, shape: &'d Shape<'s>, prefix: &str, said: &mut Vec<String>) {
        match self.in_place(shape) {
            Shape::List(Some(item)) => {
                self.collect_remarks(item, &format!("{prefix}Items: "), said)
            }
            Shape::Tuple(tuple) => {
                for (index, item) in tuple.items.iter().enumerate() {
                    self.collect_remarks(item, &format!("{prefix}Item {}: ", index + 1), said);
                }
                if let Some(rest) = &tuple.rest {
                    self.collect_remarks(rest, &format!("{prefix}More items: "), said);
                }
            }
            Shape::Record(values) => {
                for value in values {
                    self.collect_remarks(value, &format!("{prefix}Values: "), said);
                }
            }
            Shape::Intersection(parts) => {
                for part in parts {
                    self.collect_remarks(part, prefix, said);
                }
            }
            // Objects and unions have lines for what is said inside them.
            _ => {}
        }
    }

    fn collect_remarks(self, node: &'d Node<'s>, prefix: &str, said: &mut Vec<String>) {
        let remarks = self.remarks_of(node);
        let lines = remark_lines(&remarks)
            .into_iter()
            .chain(self.comment_after(node, &remarks));
        said.extend(
            lines
                .filter(|line| !line.is_empty())
                .map(|line| format!("{prefix}{line}")),
        );
        self.collect_inner_remarks(&node.shape, prefix, said);
    }
}

/// Title, description and examples, line by line, as 0.0.8 lays them out.
fn remark_lines(remarks: &Remarks<'_>) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    if let Some(title) = remarks.title {
        said.extend(lines(title).into_iter().map(str::to_owned));
        said.push(String::new());
    }
    if let Some(description) = remarks.description {
        said.extend(lines(description).into_iter().map(str::to_owned));
    }
    if !remarks.examples.is_empty() {
        said.push("Examples:".to_owned());
        said.extend(
            remarks
                .examples
                .iter()
                .map(|example| format!("- {}", literal(example))),
        );
    }
    said
}
