//! The state machine: what a piece of the stream does in each state, strict and lenient.
//!
//! The names H1 to H9, B1, C1 and C2 are those of the rules in `docs/parsing.md`.

mod between;
mod in_content;
mod in_header;
mod open_header;
mod open_message;
mod piece;
mod record;

use serde::{Deserialize, Serialize};

use super::event::Ending;
use super::sink::EventSink;
use super::tokens::ParseOptions;
use crate::chat::Role;
use crate::encoding::repair::{Repair, RepairKind};
use crate::error::{ParseError, ParseErrorKind};
pub(super) use open_header::OpenHeader;
pub(super) use open_message::OpenMessage;
pub(super) use piece::Piece;
pub(super) use record::Record;

/// Reads a stream piece by piece. It knows neither tokens nor chunks of text, only what they mean.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Machine {
    pub options: ParseOptions,
    /// The role of the open header, while it is known before the header is complete.
    pub next_role: Option<Role>,
    pub state: State,
    /// How many positions were processed.
    pub position: usize,
    pub delta: LastDelta,
    pub record: Record,
}

/// What is open.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum State {
    Between,
    Header(OpenHeader),
    Content(OpenMessage),
}

/// The text that the last piece added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum LastDelta {
    #[default]
    None,
    /// It is the open message's text from this byte on.
    Open(usize),
    /// The piece that added it also ended the message.
    Closed(String),
}

impl Machine {
    /// A machine at the start of a stream; `role` is the role that the prompt ended in.
    pub fn new(role: Option<Role>, options: ParseOptions) -> Self {
        let state = match role {
            Some(_) => State::Header(OpenHeader::announced(0, false)),
            None => State::Between,
        };
        Self {
            options,
            next_role: role,
            state,
            position: 0,
            delta: LastDelta::None,
            record: Record::default(),
        }
    }

    /// Processes a piece that takes up `width` positions.
    #[inline]
    pub fn advance<S: EventSink>(
        &mut self,
        piece: Piece<'_>,
        width: usize,
        sink: &mut S,
    ) -> Result<(), ParseError> {
        self.delta = LastDelta::None;
        let at = self.position;
        self.position += width;
        match &self.state {
            State::Content(_) => self.in_content(piece, at, sink),
            State::Header(_) => return self.in_header(piece, at, sink),
            State::Between => return self.between(piece, at, sink),
        }
        Ok(())
    }

    /// Processes the end of the stream.
    pub fn end_of_stream<S: EventSink>(&mut self, sink: &mut S) -> Result<(), ParseError> {
        self.delta = LastDelta::None;
        match &self.state {
            State::Between => {}
            State::Content(_) => self.end_message(Ending::EndOfStream, self.position, sink),
            State::Header(_) if self.options.strict => {
                return Err(self.error(self.position, ParseErrorKind::UnexpectedEnd));
            }
            State::Header(_) => self.close_header(Ending::EndOfStream, self.position, sink),
        }
        Ok(())
    }

    /// Reports the text that has not been reported yet.
    pub fn report<S: EventSink>(&mut self, sink: &mut S) {
        let index = self.record.next_index();
        if let State::Content(open) = &mut self.state {
            if let Some(delta) = open.take_unreported(index) {
                sink.content(delta);
            }
        }
    }

    /// Takes all the open text for reported, as it is between two calls.
    pub fn settle(&mut self) {
        if let State::Content(open) = &mut self.state {
            open.settle();
        }
    }

    /// The first position of what is open; between messages the position that comes next.
    pub fn open_from(&self) -> usize {
        match &self.state {
            State::Between => self.position,
            State::Header(open) => open.first,
            State::Content(open) => open.first(self.position),
        }
    }

    // --- records ---

    fn record<S: EventSink>(&mut self, repair: Repair, sink: &mut S) {
        sink.repaired(&repair);
        self.record.repairs.push(repair);
    }

    /// Records that the piece at `at` belongs to no message.
    fn drop_piece<S: EventSink>(
        &mut self,
        kind: RepairKind,
        piece: Piece<'_>,
        at: usize,
        sink: &mut S,
    ) {
        let text = String::from_utf8_lossy(piece.bytes()).into_owned();
        let tokens = at..self.position;
        self.record(Repair { kind, tokens, text }, sink);
    }

    /// Records that something is missing at `at`, or was read although it should have been written otherwise.
    fn note<S: EventSink>(&mut self, kind: RepairKind, at: usize, text: &str, sink: &mut S) {
        let (tokens, text) = (at..at, text.to_owned());
        self.record(Repair { kind, tokens, text }, sink);
    }

    fn error(&self, index: usize, kind: ParseErrorKind) -> ParseError {
        ParseError { index, kind }
    }
}
