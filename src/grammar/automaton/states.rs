//! The automaton with empty edges that an expression describes.

use std::collections::HashSet;

use crate::grammar::expression::Expression;
use crate::grammar::language::{Language, Leaf};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    Byte(u8),
    /// The id of a special token.
    Special(u32),
    FreeText,
    Json(usize),
}

#[derive(Default)]
struct State {
    edges: Vec<(Label, u32)>,
    empty: Vec<u32>,
}

pub(super) struct States {
    states: Vec<State>,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl States {
    pub(super) fn new(language: &Language) -> Self {
        let mut states = Self {
            states: vec![],
            start: 0,
            end: 0,
        };
        states.start = states.add();
        states.end = states.expression(&language.start, states.start, language);
        states
    }

    pub(super) fn edges(&self, state: u32) -> &[(Label, u32)] {
        &self.states[state as usize].edges
    }

    /// All states that are reached without input, sorted.
    pub(super) fn closure(&self, from: impl IntoIterator<Item = u32>) -> Vec<u32> {
        // A hash for each state: after `to=functions.` the states of all tools are one set.
        let mut closure: HashSet<u32> = HashSet::new();
        let mut open: Vec<u32> = from.into_iter().collect();
        while let Some(state) = open.pop() {
            if closure.insert(state) {
                open.extend(&self.states[state as usize].empty);
            }
        }
        let mut closure: Vec<u32> = closure.into_iter().collect();
        closure.sort_unstable();
        closure
    }

    fn add(&mut self) -> u32 {
        self.states.push(State::default());
        // One state to a byte of the rules.
        u32::try_from(self.states.len() - 1).expect("fewer states than 2^32")
    }

    fn edge(&mut self, from: u32, label: Label) -> u32 {
        let to = self.add();
        self.states[from as usize].edges.push((label, to));
        to
    }

    fn empty(&mut self, from: u32, to: u32) {
        self.states[from as usize].empty.push(to);
    }

    /// Adds what the expression allows after the state `from`; returns the state after it.
    fn expression(&mut self, expression: &Expression<Leaf>, from: u32, language: &Language) -> u32 {
        match expression {
            Expression::Text(text) => text
                .bytes()
                .fold(from, |state, byte| self.edge(state, Label::Byte(byte))),
            Expression::Leaf(Leaf::FreeText) => {
                let text = self.add();
                self.empty(from, text);
                self.states[text as usize]
                    .edges
                    .push((Label::FreeText, text));
                text
            }
            Expression::Leaf(leaf) => self.edge(from, (*leaf).into()),
            Expression::Rule(rule) => self.expression(language.rules.body(*rule), from, language),
            Expression::Sequence(parts) => parts
                .iter()
                .fold(from, |state, part| self.expression(part, state, language)),
            Expression::Choice(parts) => {
                let end = self.add();
                for part in parts {
                    let state = self.expression(part, from, language);
                    self.empty(state, end);
                }
                end
            }
            Expression::Repeat { item, min, max } => {
                let mut state = from;
                for _ in 0..*min {
                    state = self.expression(item, state, language);
                }
                self.more(item, state, max.map(|max| max - min), language)
            }
        }
    }

    /// Adds the item up to `most` times more.
    fn more(
        &mut self,
        item: &Expression<Leaf>,
        from: u32,
        most: Option<u32>,
        language: &Language,
    ) -> u32 {
        let end = self.add();
        let mut state = from;
        for _ in 0..most.unwrap_or(1) {
            // A state of its own, into which a loop may lead back.
            let begin = self.add();
            self.empty(state, begin);
            self.empty(begin, end);
            state = self.expression(item, begin, language);
            if most.is_none() {
                self.empty(state, begin);
            }
        }
        self.empty(state, end);
        end
    }
}
