//! Where calls return to: stacks that share what they have in common.
//!
//! Two readings of the same text may be inside calls of the same rule that began at the same character. They share one frame, which
//! knows both ways back. So ambiguous schemas cost no more than rules times characters, whatever is nested.

use std::collections::HashSet;

use super::program::StateId;

/// The number of a frame.
pub(super) type FrameId = u32;

/// The frame without a way back: reading ends there.
pub(super) const BOTTOM: FrameId = 0;

/// A way back out of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Way {
    /// The state after the call.
    pub(super) state: StateId,
    /// How often an item was read, where `state` counts.
    pub(super) count: u32,
    pub(super) frame: FrameId,
}

#[derive(Clone, Debug)]
struct Frame {
    /// Most frames have one way back.
    first: Way,
    others: Vec<Way>,
    /// Whether the call has ended at the same character at which it began.
    has_ended: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Frames {
    frames: Vec<Frame>,
    /// The number of the current character.
    now: u64,
    /// By state: the character at which a call last began there, and the call's frame.
    calls: Vec<(u64, FrameId)>,
    /// The frames of the calls that began at the current character.
    fresh: Vec<FrameId>,
    /// The ways back out of them, beside the first of each. There may be as many as alternatives in a schema.
    ways: HashSet<(FrameId, Way)>,
    /// How many frames there may be before those that nobody refers to are dropped.
    limit: usize,
}

/// The frame of a call.
pub(super) enum Entered {
    /// The call is new: its rule is to be read.
    New(FrameId),
    /// The call is being read already; if it has ended already, the new way back is to be gone.
    Known { has_ended: bool },
}

const FEWEST: usize = 256;

impl Frames {
    /// `states` is how many states there are.
    pub(super) fn new(states: usize) -> Self {
        let nowhere = Way {
            state: 0,
            count: 0,
            frame: BOTTOM,
        };
        let bottom = Frame {
            first: nowhere,
            others: vec![],
            has_ended: false,
        };
        Self {
            frames: vec![bottom],
            now: 1,
            calls: vec![(0, BOTTOM); states],
            fresh: vec![],
            ways: HashSet::new(),
            limit: FEWEST,
        }
    }

    /// Advances to the next character.
    pub(super) fn advance(&mut self) {
        for frame in self.fresh.drain(..) {
            self.frames[frame as usize].has_ended = false;
        }
        self.ways.clear();
        self.now += 1;
    }

    /// Enters the call that begins at the state `item`.
    pub(super) fn enter(&mut self, item: StateId, back: Way) -> Entered {
        let (began, number) = self.calls[item as usize];
        if began == self.now {
            let frame = &mut self.frames[number as usize];
            let is_known = frame.first == back || !self.ways.insert((number, back));
            if !is_known {
                frame.others.push(back);
            }
            return Entered::Known {
                has_ended: frame.has_ended && !is_known,
            };
        }
        // Frames are dropped long before.
        let number = FrameId::try_from(self.frames.len()).expect("fewer frames than 2^32");
        self.frames.push(Frame {
            first: back,
            others: vec![],
            has_ended: false,
        });
        self.calls[item as usize] = (self.now, number);
        self.fresh.push(number);
        Entered::New(number)
    }

    /// Ends a call: the ways back.
    pub(super) fn leave(&mut self, frame: FrameId, ways: &mut Vec<Way>) {
        let frame = &mut self.frames[frame as usize];
        frame.has_ended = true;
        ways.push(frame.first);
        ways.extend(&frame.others);
    }

    /// How many frames there are, for [`Self::truncate`].
    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }

    /// Takes back all calls since there were `len` frames, at an earlier character.
    pub(super) fn truncate(&mut self, len: usize) {
        self.advance();
        self.frames.truncate(len);
    }

    /// Drops frames to which `used` do not lead, if there are many, and renumbers those in `used`.
    pub(super) fn drop_unused<'f>(&mut self, used: impl Iterator<Item = &'f mut FrameId>) {
        if self.frames.len() < self.limit {
            return;
        }
        self.advance();
        let mut kept = Kept {
            numbers: vec![None; self.frames.len()],
            frames: vec![],
        };
        kept.keep(BOTTOM, &self.frames);
        for frame in used {
            *frame = kept.keep(*frame, &self.frames);
        }
        let mut at = 0;
        while at < kept.frames.len() {
            let mut frame = kept.frames[at].clone();
            for way in std::iter::once(&mut frame.first).chain(&mut frame.others) {
                way.frame = kept.keep(way.frame, &self.frames);
            }
            kept.frames[at] = frame;
            at += 1;
        }
        self.frames = kept.frames;
        self.limit = FEWEST.max(2 * self.frames.len());
    }
}

/// The frames that are kept, with their old ways back until it is their turn.
struct Kept {
    /// New numbers by old ones.
    numbers: Vec<Option<FrameId>>,
    frames: Vec<Frame>,
}

impl Kept {
    fn keep(&mut self, frame: FrameId, old: &[Frame]) -> FrameId {
        if let Some(number) = self.numbers[frame as usize] {
            return number;
        }
        // No more than there were.
        let number = self.frames.len() as FrameId;
        self.numbers[frame as usize] = Some(number);
        self.frames.push(old[frame as usize].clone());
        number
    }
}
