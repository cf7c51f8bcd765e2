//! A language as a deterministic automaton over bytes and special tokens, JSON bodies aside.
//!
//! The usual way: expression, automaton with empty edges, sets of its states. Headers are a finite set, so outside of free text the
//! result is a tree with shared ends.

mod states;

use std::collections::HashMap;

use super::language::{Language, Leaf};
use crate::encoding::special::FormattingToken;
use states::{Label, States};

/// The number of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NodeId(u32);

/// What may come at one point of the output.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    /// Header text, sorted by the byte.
    pub(super) bytes: Vec<(u8, NodeId)>,
    /// Special tokens.
    pub(super) specials: Vec<(FormattingToken, NodeId)>,
    /// Whether ordinary text may come, any number of tokens, after which this node is reached again.
    pub(super) free_text: bool,
    /// A JSON body, and the node after it.
    pub(super) json: Option<(usize, NodeId)>,
    /// Whether the output may end here.
    pub(super) accepts: bool,
}

impl Node {
    pub(super) fn after_byte(&self, byte: u8) -> Option<NodeId> {
        let found = self.bytes.binary_search_by_key(&byte, |(byte, _)| *byte);
        found.ok().map(|index| self.bytes[index].1)
    }

    pub(super) fn after_special(&self, token: FormattingToken) -> Option<NodeId> {
        let mut specials = self.specials.iter();
        specials
            .find(|(special, _)| *special == token)
            .map(|(_, next)| *next)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Automaton {
    nodes: Vec<Node>,
}

impl Automaton {
    pub(super) const START: NodeId = NodeId(0);

    pub(super) fn new(language: &Language) -> Self {
        let states = States::new(language);
        let mut sets = Sets::default();
        sets.number(states.closure([states.start]));
        let mut nodes = vec![];
        while let Some(set) = sets.sets.get(nodes.len()).cloned() {
            nodes.push(sets.node(&states, &set));
        }
        Self { nodes }
    }

    pub(super) fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node.0 as usize]
    }

    pub(super) fn nodes(&self) -> std::slice::Iter<'_, Node> {
        self.nodes.iter()
    }
}

impl NodeId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The sets of states that nodes represent.
#[derive(Default)]
struct Sets {
    sets: Vec<Vec<u32>>,
    numbers: HashMap<Vec<u32>, NodeId>,
}

impl Sets {
    fn number(&mut self, set: Vec<u32>) -> NodeId {
        if let Some(number) = self.numbers.get(&set) {
            return *number;
        }
        let number = NodeId(u32::try_from(self.sets.len()).expect("fewer nodes than 2^32"));
        self.numbers.insert(set.clone(), number);
        self.sets.push(set);
        number
    }

    fn node(&mut self, states: &States, set: &[u32]) -> Node {
        let mut edges: Vec<(Label, u32)> = vec![];
        for state in set {
            edges.extend(states.edges(*state));
        }
        edges.sort_unstable();
        let mut node = Node {
            accepts: set.contains(&states.end),
            ..Node::default()
        };
        for edges in edges.chunk_by(|left, right| left.0 == right.0) {
            let targets = edges.iter().map(|(_, target)| *target);
            let next = self.number(states.closure(targets));
            match edges[0].0 {
                Label::Byte(byte) => node.bytes.push((byte, next)),
                Label::Special(id) => {
                    let token = FormattingToken::from_id(id).expect("made of such a token");
                    node.specials.push((token, next));
                }
                Label::FreeText => node.free_text = true,
                Label::Json(body) => node.json = Some((body, next)),
            }
        }
        node
    }
}

/// The leaf as an edge.
impl From<Leaf> for Label {
    fn from(leaf: Leaf) -> Self {
        match leaf {
            Leaf::Special(token) => Self::Special(token.id()),
            Leaf::FreeText => Self::FreeText,
            Leaf::Json(body) => Self::Json(body),
        }
    }
}
