//! The reader of one JSON body.

use std::collections::HashSet;

use super::frames::{Entered, FrameId, Frames, Way, BOTTOM};
use super::program::{Characters, Program, State, StateId};
use super::utf8::{Pending, Utf8};

/// What was read of a body, and so what may follow.
#[derive(Clone, Debug)]
pub(in crate::grammar) struct Reader {
    /// The states that take the next character, each with the frame it is in.
    live: Vec<(StateId, FrameId)>,
    /// Whether the body may end here.
    is_complete: bool,
    frames: Frames,
    visited: Visited,
    /// The ASCII characters that change nothing here, as most do inside a string.
    steady: u128,
    /// Bytes of a character that is not complete.
    pending: Pending,
    /// For the next step: its states, and what it has still to visit.
    next: Vec<(StateId, FrameId)>,
    ways: Vec<Way>,
    /// The live states before the token that is being read.
    before: Vec<(StateId, FrameId)>,
}

impl Reader {
    pub(in crate::grammar) fn new(program: &Program) -> Self {
        let mut reader = Self {
            live: vec![],
            is_complete: false,
            frames: Frames::new(program.len()),
            visited: Visited::new(program.len()),
            steady: 0,
            pending: Pending::default(),
            next: vec![],
            ways: vec![],
            before: vec![],
        };
        reader.reach(program, program.start, BOTTOM);
        std::mem::swap(&mut reader.live, &mut reader.next);
        reader
    }

    /// Whether the body may end here.
    pub(in crate::grammar) fn is_complete(&self) -> bool {
        self.is_complete && self.pending.is_empty()
    }

    /// Reads the bytes of a token, and returns whether they fit. If they do not, nothing changes.
    pub(in crate::grammar) fn read(&mut self, program: &Program, bytes: &[u8]) -> bool {
        if self.pending.is_empty() && bytes.iter().all(|byte| self.is_steady(*byte)) {
            return true;
        }
        self.before.clear();
        self.before.extend(&self.live);
        let before = (
            self.is_complete,
            self.steady,
            self.pending,
            self.frames.len(),
        );
        let fits = bytes.iter().all(|byte| self.read_byte(program, *byte));
        if fits {
            self.frames
                .drop_unused(self.live.iter_mut().map(|(_, frame)| frame));
        } else {
            let frames;
            (self.is_complete, self.steady, self.pending, frames) = before;
            std::mem::swap(&mut self.live, &mut self.before);
            self.frames.truncate(frames);
        }
        fits
    }

    fn read_byte(&mut self, program: &Program, byte: u8) -> bool {
        if byte < 128 {
            return self.pending.is_empty()
                && (self.is_steady(byte) || self.step(program, char::from(byte)));
        }
        match self.pending.push(byte) {
            Utf8::Character(character) => self.step(program, character),
            Utf8::Beginning(first, last) => self.takes_any(program, first, last),
            Utf8::Invalid => false,
        }
    }

    fn is_steady(&self, byte: u8) -> bool {
        byte < 128 && self.steady >> byte & 1 == 1
    }

    /// Whether one of the characters may follow.
    fn takes_any(&self, program: &Program, first: char, last: char) -> bool {
        self.live.iter().any(|(state, _)| {
            taken_by(program, *state).is_some_and(|taken| taken.class.meets(first, last))
        })
    }

    /// Reads one character.
    fn step(&mut self, program: &Program, character: char) -> bool {
        self.frames.advance();
        self.visited.advance();
        self.is_complete = false;
        self.next.clear();
        // The characters that go the same ways as this one.
        let mut alike = u128::MAX;
        for index in 0..self.live.len() {
            let (state, frame) = self.live[index];
            let State::Character { class, next } = program.state(state) else {
                continue;
            };
            let taken = program.class(*class);
            if taken.contains(character) {
                alike &= taken.ascii;
                self.reach(program, *next, frame);
            } else {
                alike &= !taken.ascii;
            }
        }
        self.steady = if self.next == self.live { alike } else { 0 };
        std::mem::swap(&mut self.live, &mut self.next);
        !self.live.is_empty() || self.is_complete
    }

    /// Adds all states that take input, from `state` on.
    fn reach(&mut self, program: &Program, state: StateId, frame: FrameId) {
        let start = self.ways.len();
        self.ways.push(Way {
            state,
            count: 0,
            frame,
        });
        while self.ways.len() > start {
            let Some(way) = self.ways.pop() else { break };
            if self.visited.insert(way) {
                self.visit(program, way);
            }
        }
    }

    fn visit(&mut self, program: &Program, way: Way) {
        let Way {
            state,
            count,
            frame,
        } = way;
        match program.state(state) {
            State::Character { .. } => self.next.push((state, frame)),
            State::Split(states) => {
                // The last one in is the first one out.
                let states = states.iter().rev();
                self.ways.extend(states.map(|&state| Way {
                    state,
                    count: 0,
                    frame,
                }));
            }
            State::Call { rule, next } => self.enter(
                *rule,
                Way {
                    state: *next,
                    count: 0,
                    frame,
                },
            ),
            State::Count {
                item,
                min,
                max,
                next,
            } => {
                if count >= *min {
                    self.ways.push(Way {
                        state: *next,
                        count: 0,
                        frame,
                    });
                }
                if max.is_none_or(|max| count < max) {
                    // Without a maximum, all counts above the minimum are alike.
                    let count = if max.is_none() {
                        count.saturating_add(1).min(*min)
                    } else {
                        count + 1
                    };
                    self.enter(
                        *item,
                        Way {
                            state,
                            count,
                            frame,
                        },
                    );
                }
            }
            State::Return if frame == BOTTOM => self.is_complete = true,
            State::Return => self.frames.leave(frame, &mut self.ways),
        }
    }

    fn enter(&mut self, item: StateId, back: Way) {
        match self.frames.enter(item, back) {
            Entered::New(frame) => self.ways.push(Way {
                state: item,
                count: 0,
                frame,
            }),
            Entered::Known { has_ended: true } => self.ways.push(back),
            Entered::Known { has_ended: false } => {}
        }
    }
}

/// The characters that a state takes.
fn taken_by(program: &Program, state: StateId) -> Option<&Characters> {
    match program.state(state) {
        State::Character { class, .. } => Some(program.class(*class)),
        _ => None,
    }
}

/// What was visited since the last character.
#[derive(Clone, Debug)]
struct Visited {
    /// The number of the character.
    now: u64,
    /// By state: when it was last visited, and in which frame with which count.
    last: Vec<(u64, FrameId, u32)>,
    /// Visits of states that were visited in another frame as well.
    others: HashSet<(StateId, FrameId, u32)>,
}

impl Visited {
    fn new(states: usize) -> Self {
        Self {
            now: 1,
            last: vec![(0, 0, 0); states],
            others: HashSet::new(),
        }
    }

    fn advance(&mut self) {
        self.now += 1;
        self.others.clear();
    }

    /// Whether the visit is the first of its kind.
    fn insert(
        &mut self,
        Way {
            state,
            count,
            frame,
        }: Way,
    ) -> bool {
        let visit = (self.now, frame, count);
        let last = &mut self.last[state as usize];
        if last.0 != self.now {
            *last = visit;
            return true;
        }
        *last != visit && self.others.insert((state, frame, count))
    }
}
