//! Which targets of `$ref` are written in place and which get a name.

use super::names::Names;
use super::references::{Target, Walk};
use super::remarks::Remarks;
use super::shape::{Node, Shape};

/// A target that is used more than once is written in place up to this weight, about as many
/// characters: a small enum reads better where it is used, a large object would cost its length
/// at each use, and targets that use each other twice would double it at each step.
const MAX_REPEATED_WEIGHT: usize = 200;

/// A target whose text nests deeper than this many levels is not nested in yet another one. It
/// bounds the depth of the text, whatever leads to what.
const MAX_HEIGHT_IN_PLACE: usize = 16;

/// The number of the document itself among the targets.
pub(super) const ROOT: usize = 0;

pub(super) struct Definitions<'s> {
    targets: Vec<Target<'s>>,
    names: Vec<Option<String>>,
}

impl<'s> Definitions<'s> {
    /// Names those of `targets` that need it; the names join `taken`.
    pub(super) fn new(targets: Vec<Target<'s>>, taken: &mut Names) -> Self {
        let numbered = targets.iter().zip(needs_name(&targets));
        let names = numbered
            .map(|(target, needed)| needed.then(|| taken.take(target)))
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
        let numbered = self.names.iter().enumerate();
        numbered.filter_map(|(number, name)| Some((number, name.as_deref()?)))
    }
}

/// For each target: a circle leads back to it, or it is too large to be repeated.
fn needs_name(targets: &[Target<'_>]) -> Vec<bool> {
    let walk = Walk::new(targets, |_| true);
    let mut needed = vec![false; targets.len()];
    for link in walk.closing {
        needed[link.to] = true;
    }
    let mut uses = vec![0_usize; targets.len()];
    for link in targets.iter().flat_map(|target| &target.links) {
        uses[link.to] += 1;
    }
    // What a target leads to has been measured before it, or closes a circle and has a name.
    let mut sizes = vec![Size::OF_NAME; targets.len()];
    for number in walk.finished {
        let size = size_of(&targets[number].node, &sizes);
        needed[number] |= (uses[number] > 1 && size.weight > MAX_REPEATED_WEIGHT)
            || (uses[number] > 0 && size.height > MAX_HEIGHT_IN_PLACE);
        if !needed[number] {
            sizes[number] = size;
        }
    }
    needed
}

#[derive(Clone, Copy)]
struct Size {
    /// About how many characters the text takes.
    weight: usize,
    /// How many levels it nests.
    height: usize,
}

impl Size {
    const OF_NAME: Size = Size {
        weight: 16,
        height: 1,
    };

    fn of_text(weight: usize) -> Size {
        Size { weight, height: 1 }
    }

    fn beside(self, other: Size) -> Size {
        Size {
            weight: self.weight.saturating_add(other.weight),
            height: self.height.max(other.height),
        }
    }
}

/// The size of a node, given those of the targets: of their text or of their name.
fn size_of(node: &Node<'_>, targets: &[Size]) -> Size {
    let inner = match &node.shape {
        Shape::Word(word) => Size::of_text(word.len()),
        Shape::Literals(values) => Size::of_text(values.iter().map(|value| value.len() + 3).sum()),
        Shape::List(item) => size_of_all(item.as_deref(), targets),
        Shape::Tuple(tuple) => {
            size_of_all(tuple.items.iter().chain(tuple.rest.as_deref()), targets)
        }
        Shape::Object(properties) => {
            let names: usize = properties
                .iter()
                .map(|property| property.name.len() + 8)
                .sum();
            let nodes = properties.iter().map(|property| &property.node);
            Size::of_text(names).beside(size_of_all(nodes, targets))
        }
        Shape::Record(nodes) | Shape::Intersection(nodes) => size_of_all(nodes, targets),
        Shape::Union(union) => size_of_all(&union.variants, targets),
        Shape::Reference(number) => targets[*number],
    };
    Size::of_text(remarks_weight(&node.remarks)).beside(inner)
}

fn size_of_all<'n, 's: 'n>(
    nodes: impl IntoIterator<Item = &'n Node<'s>>,
    targets: &[Size],
) -> Size {
    let sizes = nodes.into_iter().map(|node| size_of(node, targets));
    let together = sizes.fold(Size::of_text(4), |sum, size| {
        sum.beside(size).beside(Size::of_text(3))
    });
    Size {
        height: together.height + 1,
        ..together
    }
}

fn remarks_weight(remarks: &Remarks<'_>) -> usize {
    let texts: usize = [remarks.title, remarks.description]
        .iter()
        .flatten()
        .map(|text| text.len())
        .sum();
    let limits: usize = remarks.limits.iter().map(String::len).sum();
    // Examples and defaults are rare and mostly short.
    texts + limits + 16 * (remarks.examples.len() + usize::from(remarks.default.is_some()))
}
