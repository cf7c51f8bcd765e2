//! What `check` and matchers read: made once for a grammar, when it is first asked for.

use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::automaton::{Automaton, NodeId};
use super::json::Program;
use super::language::Language;
use super::schema::JsonRules;
use crate::tokenizer::Tokenizer;

#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) automaton: Automaton,
    pub(super) bodies: Vec<CompiledBody>,
    /// The ids that [`Self::header_ids`] found, by node.
    header_ids: Vec<OnceLock<Box<[u32]>>>,
    /// The special ids of each node.
    special_ids: Vec<Box<[u32]>>,
}

#[derive(Debug)]
pub(super) struct CompiledBody {
    pub(super) of: String,
    pub(super) schema: Arc<Value>,
    program: Program,
}

impl Compiled {
    pub(super) fn new(language: &Language, rules: &[JsonRules]) -> Self {
        let automaton = Automaton::new(language);
        let bodies = language.bodies.iter().zip(rules);
        let bodies = bodies.map(|(body, rules)| CompiledBody {
            of: body.of.clone(),
            schema: body.schema.clone(),
            program: Program::new(rules),
        });
        let bodies = bodies.collect();
        let specials = automaton.nodes().map(|node| {
            let mut ids: Vec<u32> = node.specials.iter().map(|(token, _)| token.id()).collect();
            ids.sort_unstable();
            ids.into()
        });
        Self {
            special_ids: specials.collect(),
            header_ids: automaton.nodes().map(|_| OnceLock::new()).collect(),
            automaton,
            bodies,
        }
    }

    pub(super) fn program(&self, body: usize) -> &Program {
        &self.bodies[body].program
    }

    /// The special tokens that may come at a node, sorted.
    pub(super) fn special_ids(&self, node: NodeId) -> &[u32] {
        &self.special_ids[node.index()]
    }

    /// All tokens that may come in a header, sorted: special ones, and ordinary ones whose bytes are header text.
    pub(super) fn header_ids(&self, node: NodeId) -> &[u32] {
        self.header_ids[node.index()].get_or_init(|| {
            let mut ids = self.special_ids(node).to_vec();
            self.find_ordinary(node, &mut ids);
            ids.sort_unstable();
            ids.into()
        })
    }

    fn find_ordinary(&self, start: NodeId, ids: &mut Vec<u32>) {
        let tokenizer = Tokenizer::o200k_harmony();
        // No token has more bytes.
        const LONGEST: usize = 128;
        let mut bytes = vec![];
        let mut open = vec![(start, 0, None)];
        while let Some((node, len, last)) = open.pop() {
            bytes.truncate(len);
            bytes.extend(last);
            ids.extend(last.and_then(|_| tokenizer.ordinary_id(&bytes)));
            if bytes.len() < LONGEST {
                let edges = self.automaton.node(node).bytes.iter();
                open.extend(edges.map(|(byte, next)| (*next, bytes.len(), Some(*byte))));
            }
        }
    }
}
