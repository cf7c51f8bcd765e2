//! The rules of a schema as states, which [`Reader`](super::Reader) goes through.

use std::collections::HashMap;

use crate::grammar::expression::{Expression, RuleId};
use crate::grammar::schema::{Class, Json, JsonRules};

/// The number of a state.
pub(super) type StateId = u32;

#[derive(Clone, Debug)]
pub(super) enum State {
    /// Takes one character of the class; on to the next state.
    Character { class: usize, next: StateId },
    /// On to all of these without input.
    Split(Vec<StateId>),
    /// Reads the rule that begins there, then continues at `next`.
    Call { rule: StateId, next: StateId },
    /// Reads the item `min` to `max` times, each time as a call, then continues at `next`.
    Count {
        item: StateId,
        min: u32,
        max: Option<u32>,
        next: StateId,
    },
    /// The end of a rule or an item.
    Return,
}

/// A class with its ASCII characters as bits.
#[derive(Clone, Debug)]
pub(super) struct Characters {
    pub(super) ascii: u128,
    pub(super) class: Class,
}

#[derive(Clone, Debug)]
pub(in crate::grammar) struct Program {
    states: Vec<State>,
    classes: Vec<Characters>,
    pub(super) start: StateId,
}

/// The state in which rules end.
const RETURN: StateId = 0;

impl Program {
    pub(in crate::grammar) fn new(rules: &JsonRules) -> Self {
        let mut compiler = Compiler {
            starts: vec![],
            numbers: HashMap::new(),
            program: Self {
                states: vec![State::Return],
                classes: vec![],
                start: 0,
            },
        };
        // Rules refer to each other, so each has a state before its body is there.
        for _ in rules.rules.ids() {
            let start = compiler.add(State::Split(vec![]));
            compiler.starts.push(start);
        }
        for rule in rules.rules.ids() {
            let body = compiler.expression(rules.rules.body(rule), RETURN);
            let start = compiler.start(rule);
            compiler.program.states[start as usize] = State::Split(vec![body]);
        }
        compiler.program.start = compiler.start(rules.start);
        compiler.program
    }

    pub(super) fn state(&self, state: StateId) -> &State {
        &self.states[state as usize]
    }

    pub(super) fn class(&self, class: usize) -> &Characters {
        &self.classes[class]
    }

    pub(super) fn len(&self) -> usize {
        self.states.len()
    }
}

struct Compiler {
    /// Where rules begin.
    starts: Vec<StateId>,
    /// The numbers of the classes: a schema may have as many as there are characters.
    numbers: HashMap<Class, usize>,
    program: Program,
}

impl Compiler {
    fn start(&self, rule: RuleId) -> StateId {
        self.starts[rule.0]
    }

    fn add(&mut self, state: State) -> StateId {
        self.program.states.push(state);
        // One state to a few bytes of a schema.
        StateId::try_from(self.program.states.len() - 1).expect("fewer states than 2^32")
    }

    /// Adds states that read the expression and continue at `next`; returns the first of them.
    fn expression(&mut self, expression: &Expression<Json>, next: StateId) -> StateId {
        match expression {
            Expression::Text(text) => text.chars().rev().fold(next, |next, character| {
                self.character(Class::one(character), next)
            }),
            Expression::Leaf(Json::Character(class)) => self.character(class.clone(), next),
            Expression::Leaf(Json::Space) => {
                let space = [(' ', ' '), ('\t', '\n'), ('\r', '\r')];
                let repeat = self.add(State::Split(vec![]));
                let class = self.character(Class::of(space), repeat);
                self.program.states[repeat as usize] = State::Split(vec![class, next]);
                repeat
            }
            Expression::Leaf(Json::Characters { escape }) => {
                let repeat = self.add(State::Split(vec![]));
                let plain = self.character(Class::unescaped(), repeat);
                let call = self.add(State::Call {
                    rule: self.start(*escape),
                    next: repeat,
                });
                let escaped = self.character(Class::one('\\'), call);
                self.program.states[repeat as usize] = State::Split(vec![plain, escaped, next]);
                repeat
            }
            Expression::Rule(rule) if next == RETURN => self.start(*rule),
            Expression::Rule(rule) => self.add(State::Call {
                rule: self.start(*rule),
                next,
            }),
            Expression::Sequence(parts) => {
                let parts = parts.iter().rev();
                parts.fold(next, |next, part| self.expression(part, next))
            }
            Expression::Choice(parts) => {
                let parts = parts.iter().map(|part| self.expression(part, next));
                let parts = parts.collect();
                self.add(State::Split(parts))
            }
            Expression::Repeat { item, min, max } => self.repeat(item, (*min, *max), next),
        }
    }

    fn repeat(
        &mut self,
        item: &Expression<Json>,
        (min, max): (u32, Option<u32>),
        next: StateId,
    ) -> StateId {
        match (min, max) {
            (0, Some(1)) => {
                let item = self.expression(item, next);
                self.add(State::Split(vec![item, next]))
            }
            (0 | 1, None) => {
                let repeat = self.add(State::Split(vec![]));
                let item = self.expression(item, repeat);
                self.program.states[repeat as usize] = State::Split(vec![item, next]);
                if min == 0 {
                    repeat
                } else {
                    item
                }
            }
            _ => {
                let item = self.expression(item, RETURN);
                self.add(State::Count {
                    item,
                    min,
                    max,
                    next,
                })
            }
        }
    }

    fn character(&mut self, class: Class, next: StateId) -> StateId {
        let classes = &mut self.program.classes;
        let class = *self.numbers.entry(class).or_insert_with_key(|class| {
            classes.push(Characters::new(class.clone()));
            classes.len() - 1
        });
        self.add(State::Character { class, next })
    }
}

impl Characters {
    fn new(class: Class) -> Self {
        let ascii = (0..128u8).filter(|byte| class.contains(char::from(*byte)));
        let ascii = ascii.fold(0, |bits, byte| bits | 1 << byte);
        Self { ascii, class }
    }

    pub(super) fn contains(&self, character: char) -> bool {
        if character.is_ascii() {
            self.ascii >> u32::from(character) & 1 == 1
        } else {
            self.class.contains(character)
        }
    }
}
