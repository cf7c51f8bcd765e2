//! From a [`Shape`] to its text.

use super::definitions::{Definitions, ROOT};
use super::layout::Layout;
use super::literal::property_name;
use super::remarks::Remarks;
use super::shape::{Node, Property, Shape, Tuple, Union};
use super::Alias;

/// The whole document: the name that it has, or its comment and its type.
pub(super) fn document_text(definitions: &Definitions<'_>) -> String {
    let mut writer = Writer::new(definitions);
    match definitions.name(ROOT) {
        Some(name) => writer.code(name),
        None => {
            let node = definitions.node(ROOT);
            writer.write_document_comment(node);
            writer.write_shape(&node.shape, 0, Place::Alone);
        }
    }
    writer.finish()
}

/// The declaration of target `number`, which has got a name.
pub(super) fn alias(definitions: &Definitions<'_>, number: usize, name: &str) -> Alias {
    let node = definitions.node(number);
    let mut comment = Writer::new(definitions);
    comment.write_document_comment(node);
    let mut text = Writer::new(definitions);
    text.write_shape(&node.shape, 0, Place::Alone);
    Alias {
        name: name.to_owned(),
        comment: comment.finish(),
        text: text.finish(),
    }
}

/// The surroundings of a type, from the one that asks for no parentheses to the one that asks most.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Alone,
    /// Between `|`.
    InUnion,
    /// Between `&`.
    InIntersection,
    /// Before `[]` or `?`.
    BeforeSuffix,
}

struct Writer<'d, 's> {
    definitions: &'d Definitions<'s>,
    layout: Layout<'d, 's>,
    out: String,
    /// The line ends in a comment; code that follows goes on a new line, with this indentation.
    comment_at: Option<usize>,
}

impl<'d, 's> Writer<'d, 's> {
    fn new(definitions: &'d Definitions<'s>) -> Self {
        Writer {
            definitions,
            layout: Layout { definitions },
            out: String::new(),
            comment_at: None,
        }
    }

    fn finish(mut self) -> String {
        self.end_comment();
        self.out
    }

    /// The comment above a whole document. Its title is left out, as the tool's name says it.
    fn write_document_comment(&mut self, node: &'d Node<'s>) {
        let remarks = Remarks {
            title: None,
            ..self.layout.remarks_of(node)
        };
        let mut said = self.layout.lines_above(node, &remarks);
        said.extend(self.layout.comment_after(node, &remarks));
        self.write_lines(&said, 0);
    }

    fn write_shape(&mut self, shape: &'d Shape<'s>, indent: usize, place: Place) {
        match shape {
            Shape::Word(word) => self.code(word),
            Shape::Literals(values) => {
                let needs = if values.len() > 1 {
                    Place::InUnion
                } else {
                    Place::BeforeSuffix
                };
                self.write_in_parentheses(place > needs, |writer| writer.code(&values.join(" | ")));
            }
            Shape::List(None) => self.code("Array<any>"),
            Shape::List(Some(item)) => {
                self.write_shape(&item.shape, indent, Place::BeforeSuffix);
                self.code("[]");
            }
            Shape::Tuple(tuple) => self.write_tuple(tuple, indent),
            Shape::Object(properties) => self.write_object(properties, indent),
            Shape::Record(values) => {
                self.code("Record<string, ");
                self.write_list(values, " | ", indent, Place::InUnion);
                self.code(">");
            }
            Shape::Union(union) => self.write_union(union, indent, place),
            Shape::Intersection(parts) => {
                self.write_in_parentheses(place > Place::InIntersection, |writer| {
                    writer.write_list(parts, " & ", indent, Place::InIntersection);
                });
            }
            Shape::Reference(number) => match self.definitions.name(*number) {
                Some(name) => self.code(name),
                None => self.write_shape(self.layout.in_place(shape), indent, place),
            },
        }
    }

    fn write_in_parentheses(&mut self, needed: bool, write: impl FnOnce(&mut Self)) {
        if needed {
            self.code("(");
        }
        write(self);
        if needed {
            self.code(")");
        }
    }

    fn write_list(&mut self, nodes: &'d [Node<'s>], between: &str, indent: usize, place: Place) {
        for (index, node) in nodes.iter().enumerate() {
            if index > 0 {
                self.code(between);
            }
            self.write_shape(&node.shape, indent, place);
        }
    }

    fn write_tuple(&mut self, tuple: &'d Tuple<'s>, indent: usize) {
        self.code("[");
        for (index, item) in tuple.items.iter().enumerate() {
            if index > 0 {
                self.code(", ");
            }
            if index < tuple.required {
                self.write_shape(&item.shape, indent, Place::Alone);
            } else {
                self.write_shape(&item.shape, indent, Place::BeforeSuffix);
                self.code("?");
            }
        }
        if let Some(rest) = &tuple.rest {
            self.code(if tuple.items.is_empty() {
                "..."
            } else {
                ", ..."
            });
            self.write_shape(&rest.shape, indent, Place::BeforeSuffix);
            self.code("[]");
        }
        self.code("]");
    }

    fn write_object(&mut self, properties: &'d [Property<'s>], indent: usize) {
        self.code("{");
        self.end_line();
        for property in properties {
            self.write_property(property, indent);
        }
        self.write_indent(indent);
        self.code("}");
    }

    fn write_property(&mut self, property: &'d Property<'s>, indent: usize) {
        let Property {
            name,
            required,
            node,
        } = property;
        let remarks = self.layout.remarks_of(node);
        let union = self.layout.union_of_lines(&node.shape);
        let mut above = self.layout.lines_above(node, &remarks);
        let mut after = self.layout.comment_after(node, &remarks);
        if union.is_some() {
            above.extend(after.take());
        }
        self.write_lines(&above, indent);
        self.write_indent(indent);
        self.code(&property_name(name));
        self.code(if *required { ":" } else { "?:" });
        if let Some(union) = union {
            self.write_variants(union, indent, remarks.description);
            self.end_line();
            self.write_indent(indent);
            self.code(",");
        } else {
            self.code(" ");
            self.write_shape(&node.shape, indent + 4, Place::Alone);
            self.code(",");
        }
        self.write_comment_after(after, indent);
        self.end_line();
    }

    fn write_union(&mut self, union: &'d Union<'s>, indent: usize, place: Place) {
        let is_alone = place == Place::Alone;
        let takes_lines = (is_alone && union.is_one_of) || !self.layout.fits_in_line(union);
        if !takes_lines {
            return self.write_in_parentheses(place > Place::InUnion, |writer| {
                writer.write_list(&union.variants, " | ", indent, Place::InUnion);
            });
        }
        self.write_in_parentheses(!is_alone, |writer| {
            writer.write_variants(union, indent, None);
            if !is_alone {
                writer.end_line();
                writer.write_indent(indent);
            }
        });
    }

    /// The variants on separate lines, each after a line break. `written` is a description that
    /// has just been written.
    fn write_variants(&mut self, union: &'d Union<'s>, indent: usize, written: Option<&str>) {
        for variant in &union.variants {
            let mut remarks = self.layout.remarks_of(variant);
            if remarks.description == written {
                remarks.description = None;
            }
            let mut above = self.layout.lines_above(variant, &remarks);
            let mut after = self.layout.comment_after(variant, &remarks);
            let is_short = above.len() == 1 && !self.layout.has_lines(&variant.shape);
            if is_short {
                after = Some(above.drain(..).chain(after).collect::<Vec<_>>().join(" "));
            }
            self.end_line();
            self.write_lines(&above, indent + 1);
            self.write_indent(indent);
            self.code(" | ");
            self.write_shape(&variant.shape, indent + 3, Place::InUnion);
            self.write_comment_after(after, indent + 1);
        }
    }

    fn write_lines(&mut self, lines: &[String], indent: usize) {
        for line in lines {
            self.end_comment();
            self.write_indent(indent);
            self.out
                .push_str(if line.is_empty() { "//" } else { "// " });
            self.out.push_str(line);
            self.out.push('\n');
        }
    }

    fn write_comment_after(&mut self, text: Option<String>, indent: usize) {
        if let Some(text) = text {
            self.code(" // ");
            self.out.push_str(&text);
            self.comment_at = Some(indent);
        }
    }

    /// Appends a piece of TypeScript, on a new line if this one ends in a comment.
    fn code(&mut self, text: &str) {
        if let Some(indent) = self.comment_at {
            self.end_comment();
            self.write_indent(indent);
        }
        self.out.push_str(text);
    }

    fn end_line(&mut self) {
        self.out.push('\n');
        self.comment_at = None;
    }

    fn end_comment(&mut self) {
        if self.comment_at.is_some() {
            self.end_line();
        }
    }

    fn write_indent(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }
}
