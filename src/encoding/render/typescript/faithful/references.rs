//! How the targets of `$ref` lead to each other.

use super::shape::Node;
use crate::error::SchemaError;

/// What a `$ref` leads to.
pub(super) struct Target<'s> {
    pub(super) pointer: String,
    pub(super) node: Node<'s>,
    /// The references inside it.
    pub(super) links: Vec<Link>,
}

pub(super) struct Link {
    /// The number of the target.
    pub(super) to: usize,
    /// Set where no property or item lies around the reference: a circle of such references
    /// describes nothing.
    pub(super) error_in_circle: Option<SchemaError>,
}

/// # Errors
///
/// That of the reference that closes a circle in which there is nothing but references.
pub(super) fn check_circles(targets: &[Target<'_>]) -> Result<(), SchemaError> {
    let walk = Walk::new(targets, |link| link.error_in_circle.is_some());
    let error = walk
        .closing
        .iter()
        .find_map(|link| link.error_in_circle.clone());
    error.map_or(Ok(()), Err)
}

/// A walk through all targets, depth first. It keeps its own stack, as chains may be long.
pub(super) struct Walk<'t> {
    /// The numbers of the targets, each after those that it leads to, circles aside.
    pub(super) finished: Vec<usize>,
    /// The links that close a circle.
    pub(super) closing: Vec<&'t Link>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Unseen,
    Open,
    Finished,
}

impl<'t> Walk<'t> {
    pub(super) fn new(targets: &'t [Target<'_>], follows: impl Fn(&Link) -> bool) -> Self {
        let mut walk = Walk {
            finished: Vec::with_capacity(targets.len()),
            closing: Vec::new(),
        };
        let mut states = vec![State::Unseen; targets.len()];
        for start in 0..targets.len() {
            if states[start] == State::Unseen {
                walk.walk_from(start, targets, &mut states, &follows);
            }
        }
        walk
    }

    fn walk_from(
        &mut self,
        start: usize,
        targets: &'t [Target<'_>],
        states: &mut [State],
        follows: &impl Fn(&Link) -> bool,
    ) {
        let mut path = vec![(start, targets[start].links.iter())];
        states[start] = State::Open;
        while let Some((number, links)) = path.last_mut() {
            let Some(link) = links.find(|link| follows(link)) else {
                states[*number] = State::Finished;
                self.finished.push(*number);
                path.pop();
                continue;
            };
            match states[link.to] {
                State::Open => self.closing.push(link),
                State::Finished => {}
                State::Unseen => {
                    states[link.to] = State::Open;
                    path.push((link.to, targets[link.to].links.iter()));
                }
            }
        }
    }
}
