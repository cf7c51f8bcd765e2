//! The state machine: what a token does in each state, strict and lenient.
//!
//! The names H1 to H9, B1, C1 and C2 are those of the rules in `docs/parsing.md`.

use super::{LastDelta, Piece, State, StreamableParser};
use crate::encoding::parse::event::{Ending, EventSink};
use crate::encoding::parse::repair::{Repair, RepairKind};
use crate::error::{ParseError, ParseErrorKind, Result};

impl StreamableParser {
    /// Processes a piece that takes up `width` positions.
    pub(super) fn advance<S: EventSink>(
        &mut self,
        piece: Piece<'_>,
        width: usize,
        sink: &mut S,
    ) -> Result<()> {
        self.delta = LastDelta::None;
        let at = self.position;
        self.position += width;
        match &self.state {
            State::Content(_) => self.in_content(piece, at, sink),
            State::Header(_) => self.in_header(piece, at, sink),
            State::Between => self.between(piece, at, sink),
        }
    }

    /// Processes the end of the stream.
    pub(super) fn end_of_stream<S: EventSink>(&mut self, sink: &mut S) -> Result<()> {
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

    /// Reports the text that no event has told of yet.
    pub(super) fn report<S: EventSink>(&mut self, sink: &mut S) {
        let index = self.next_index();
        if let State::Content(open) = &mut self.state {
            let text = open.take_unreported();
            if !text.is_empty() {
                sink.text(index, text);
            }
        }
    }

    // --- records ---

    /// The index of the message that is open or comes next.
    pub(super) fn next_index(&self) -> usize {
        self.taken + self.messages.len()
    }

    pub(super) fn record<S: EventSink>(&mut self, repair: Repair, sink: &mut S) {
        sink.repaired(&repair);
        self.repairs.push(repair);
    }

    /// Records the piece at `at` as belonging to no message.
    pub(super) fn drop_piece<S: EventSink>(
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

    /// Records that something is missing at `at`, or was read although it was written otherwise.
    pub(super) fn note<S: EventSink>(
        &mut self,
        kind: RepairKind,
        at: usize,
        text: &str,
        sink: &mut S,
    ) {
        let text = text.to_owned();
        self.record(
            Repair {
                kind,
                tokens: at..at,
                text,
            },
            sink,
        );
    }

    pub(super) fn error(&self, index: usize, kind: ParseErrorKind) -> crate::HarmonyError {
        ParseError { index, kind }.into()
    }
}
