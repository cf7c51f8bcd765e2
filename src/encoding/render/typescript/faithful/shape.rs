//! What a schema says, free of how it is written down.

use super::remarks::Remarks;

/// A schema: a type and what is said about it.
#[derive(Clone, Debug)]
pub(super) struct Node<'s> {
    pub(super) shape: Shape<'s>,
    pub(super) remarks: Remarks<'s>,
}

#[derive(Clone, Debug)]
pub(super) enum Shape<'s> {
    /// `string`, `number`, `boolean`, `null`, `any`, `never`.
    Word(&'static str),
    /// The values of an `enum` or `const`, each as a TypeScript literal.
    Literals(Vec<String>),
    /// An array; without `items` there is no node.
    List(Option<Box<Node<'s>>>),
    Tuple(Tuple<'s>),
    Object(Vec<Property<'s>>),
    /// An object of unlisted names; its values are one of the nodes.
    Record(Vec<Node<'s>>),
    Union(Union<'s>),
    /// All of the nodes at once, two at least.
    Intersection(Vec<Node<'s>>),
    /// The target of a `$ref`, by its number in [`Definitions`](super::definitions::Definitions).
    Reference(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Property<'s> {
    pub(super) name: &'s str,
    pub(super) required: bool,
    pub(super) node: Node<'s>,
}

#[derive(Clone, Debug)]
pub(super) struct Tuple<'s> {
    pub(super) items: Vec<Node<'s>>,
    /// So many items at the front must be there.
    pub(super) required: usize,
    pub(super) rest: Option<Box<Node<'s>>>,
}

#[derive(Clone, Debug)]
pub(super) struct Union<'s> {
    pub(super) variants: Vec<Node<'s>>,
    /// From a `oneOf`: 0.0.8 writes its variants one below the other, however short.
    pub(super) is_one_of: bool,
}

pub(super) const ANY: Shape<'static> = Shape::Word("any");
pub(super) const NEVER: Shape<'static> = Shape::Word("never");
pub(super) const NULL: Shape<'static> = Shape::Word("null");

impl<'s> From<Shape<'s>> for Node<'s> {
    fn from(shape: Shape<'s>) -> Self {
        Node {
            shape,
            remarks: Remarks::default(),
        }
    }
}

impl<'s> Shape<'s> {
    /// One of `shapes`, each word once; the shape itself if it is the only one.
    pub(super) fn one_of_types(shapes: Vec<Shape<'s>>) -> Self {
        let mut variants: Vec<Node<'s>> = Vec::with_capacity(shapes.len());
        for shape in shapes {
            if !variants
                .iter()
                .any(|known| known.shape.is_same_word(&shape))
            {
                variants.push(shape.into());
            }
        }
        match variants.len() {
            1 => variants.remove(0).shape,
            _ => Shape::Union(Union {
                variants,
                is_one_of: false,
            }),
        }
    }

    /// The shape or `null`.
    pub(super) fn or_null(self) -> Self {
        if self.admits_null() {
            return self;
        }
        match self {
            Shape::Union(mut union) => {
                union.variants.push(NULL.into());
                Shape::Union(union)
            }
            other => Shape::Union(Union {
                variants: vec![other.into(), NULL.into()],
                is_one_of: false,
            }),
        }
    }

    pub(super) fn is_any(&self) -> bool {
        matches!(self, Shape::Word("any"))
    }

    pub(super) fn is_never(&self) -> bool {
        matches!(self, Shape::Word("never"))
    }

    fn admits_null(&self) -> bool {
        match self {
            Shape::Word(word) => *word == "null",
            Shape::Literals(values) => values.iter().any(|value| value == "null"),
            Shape::Union(union) => union
                .variants
                .iter()
                .any(|variant| variant.shape.admits_null()),
            _ => false,
        }
    }

    fn is_same_word(&self, other: &Shape<'_>) -> bool {
        matches!((self, other), (Shape::Word(one), Shape::Word(two)) if one == two)
    }
}
