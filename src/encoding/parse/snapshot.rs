//! The stored form of a parser, and the checks that a stored form must pass.
//!
//! A state may come from a file or from another process, so nothing is assumed about it. What is checked is what the
//! parser relies on: without it, continuing could panic or read text at the wrong place.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::machine::{LastDelta, Machine, State};
use super::place::are_in_order;
use super::tokens::{Input, StreamableParser};
use crate::chat::Role;
use crate::encoding::HarmonyEncoding;
use crate::tokenizer::Tokenizer;

/// The version of the layout. A parser reads the states of its own version only: they are for passing a parser to
/// another process or for a short interruption, not for archives.
const VERSION: u32 = 1;

/// More positions than any stream has, so that counting on cannot overflow.
const MOST_POSITIONS: usize = 1 << (usize::BITS - 12);

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    encoding: &'a HarmonyEncoding,
    prompted_role: Option<Role>,
    machine: &'a Machine,
    input: &'a Input,
}

impl Serialize for StreamableParser {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = Written {
            version: VERSION,
            encoding: &self.encoding,
            prompted_role: self.prompted_role,
            machine: &self.machine,
            input: &self.input,
        };
        written.serialize(serializer)
    }
}

#[derive(Deserialize)]
struct Snapshot {
    #[serde(deserialize_with = "known_version")]
    #[allow(dead_code)] // it is checked as it is read, before anything that depends on it
    version: u32,
    encoding: HarmonyEncoding,
    prompted_role: Option<Role>,
    machine: Machine,
    input: Input,
}

fn known_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        VERSION => Ok(VERSION),
        other => Err(serde::de::Error::custom(format!(
            "the parser was stored with version {other} of the layout, and this is version {VERSION}"
        ))),
    }
}

impl<'de> Deserialize<'de> for StreamableParser {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Snapshot {
            encoding,
            prompted_role,
            mut machine,
            input,
            ..
        } = Snapshot::deserialize(deserializer)?;
        machine.settle();
        match broken_part(&machine, &input, encoding.tokenizer) {
            Some(part) => Err(serde::de::Error::custom(format!(
                "not the state of a parser: {part} does not fit the rest"
            ))),
            None => Ok(Self {
                encoding,
                prompted_role,
                machine,
                input,
            }),
        }
    }
}

/// The first part of a state that the rest contradicts.
fn broken_part(machine: &Machine, input: &Input, tokenizer: &Tokenizer) -> Option<&'static str> {
    let (record, end) = (&machine.record, machine.position);
    let fits_input = match input {
        Input::Nothing => end == 0,
        Input::Tokens(tokens) => record.start.checked_add(tokens.len()) == Some(end),
        Input::Text(held) => held.is_valid(tokenizer),
    };
    let has_places = record.messages.len() == record.places.len();
    let places = record.places.iter();
    let mut ranges = places.flat_map(|place| [&place.header, &place.content]);
    let mut repairs = record.repairs.iter().map(|repair| &repair.tokens);
    let checks = [
        (end <= MOST_POSITIONS, "position"),
        (record.start <= end, "start"),
        (record.taken <= MOST_POSITIONS, "taken"),
        (fits_input, "input"),
        (has_places, "places"),
        (ranges.all(|ranges| are_in_order(ranges, end)), "places"),
        (
            repairs.all(|at| at.start <= at.end && at.end <= end),
            "repairs",
        ),
        (is_open_state_valid(&machine.state, end, tokenizer), "state"),
        (is_delta_valid(&machine.delta, &machine.state), "delta"),
    ];
    let broken = checks.into_iter().find(|(holds, _)| !holds);
    broken.map(|(_, part)| part)
}

fn is_open_state_valid(state: &State, end: usize, tokenizer: &Tokenizer) -> bool {
    match state {
        State::Between => true,
        State::Header(open) => open.is_valid(end, tokenizer),
        State::Content(open) => open.is_valid(end),
    }
}

fn is_delta_valid(delta: &LastDelta, state: &State) -> bool {
    match (delta, state) {
        (LastDelta::Open(from), State::Content(open)) => open.text.is_char_boundary(*from),
        (LastDelta::Open(_), _) => false,
        (LastDelta::None | LastDelta::Closed(_), _) => true,
    }
}
