//! The state machine: what a token does in each state, strict and lenient.
//!
//! The names H1 to H9, B1, C1 and C2 are those of the rules in `docs/parsing.md`.

use super::{LastDelta, OpenHeader, OpenMessage, Piece, Place, State, StreamableParser};
use crate::chat::Role;
use crate::encoding::event::{Ending, EventSink};
use crate::encoding::header::{lenient, strict, Header};
use crate::encoding::place::{push_range, Ranges};
use crate::encoding::repair::{Repair, RepairKind};
use crate::encoding::special::FormattingToken;
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

    // --- between messages ---

    fn between<S: EventSink>(&mut self, piece: Piece<'_>, at: usize, sink: &mut S) -> Result<()> {
        match piece {
            Piece::Format(FormattingToken::Start) => {
                self.open_header(OpenHeader::announced(at, true))
            }
            _ if self.options.strict => return Err(self.refuse_between(piece, at, sink)),
            Piece::Format(token) if Ending::of(token).is_some() => {
                self.drop_piece(RepairKind::RepeatedStop, piece, at, sink);
            }
            Piece::Special { .. } => {
                self.drop_piece(RepairKind::UnexpectedSpecial, piece, at, sink);
            }
            piece if piece.is_blank() => self.drop_piece(RepairKind::BlankBetween, piece, at, sink),
            // B1: whatever else comes begins a message of the assistant.
            piece => {
                self.next_role = Some(Role::Assistant);
                self.open_header(OpenHeader::unannounced(at));
                return self.in_header(piece, at, sink);
            }
        }
        Ok(())
    }

    fn refuse_between<S: EventSink>(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        sink: &mut S,
    ) -> crate::HarmonyError {
        self.drop_piece(RepairKind::Refused, piece, at, sink);
        let expected = FormattingToken::Start.id();
        let kind = match self.tokens.last() {
            Some(&token) => ParseErrorKind::UnexpectedToken { token, expected },
            None => ParseErrorKind::UnexpectedText {
                text: String::from_utf8_lossy(piece.bytes()).into_owned(),
                expected,
            },
        };
        self.error(at, kind)
    }

    fn open_header(&mut self, header: OpenHeader) {
        self.state = State::Header(header);
    }

    // --- in a header ---

    fn in_header<S: EventSink>(&mut self, piece: Piece<'_>, at: usize, sink: &mut S) -> Result<()> {
        match piece {
            Piece::Format(FormattingToken::Message) => return self.complete_header(at, sink),
            Piece::Format(token) if !self.options.strict => {
                if token == FormattingToken::Start {
                    self.restart_header(at, sink);
                    return Ok(());
                }
                if let Some(ending) = Ending::of(token) {
                    self.close_header(ending, at, sink);
                    return Ok(());
                }
            }
            _ => {}
        }
        if let State::Header(open) = &mut self.state {
            open.push(piece, at);
        }
        Ok(())
    }

    /// `<|message|>`: reads the header and opens the message.
    fn complete_header<S: EventSink>(&mut self, at: usize, sink: &mut S) -> Result<()> {
        let Some(mut open) = self.take_header() else {
            return Ok(());
        };
        open.seal();
        if self.options.strict {
            return self.complete_strict_header(open, at, sink);
        }
        let reading = self.read_leniently(&open, lenient::Close::Message);
        if !open.announced {
            self.note(RepairKind::MissingStart, open.first, "", sink);
        }
        let mut settled = open.settle(&reading, at);
        for repair in settled.repairs {
            self.record(repair, sink);
        }
        push_range(&mut settled.header, at..self.position);
        self.open_content(reading.header, settled.header, sink);
        Ok(())
    }

    fn complete_strict_header<S: EventSink>(
        &mut self,
        open: OpenHeader,
        at: usize,
        sink: &mut S,
    ) -> Result<()> {
        let undecodable = || ParseErrorKind::UndecodableHeader(open.text.clone());
        let header = match open.is_decodable() {
            true => strict::read(&open.text, self.next_role),
            false => Err(undecodable()),
        };
        match header {
            Ok(header) => {
                let tokens = open.first..self.position;
                self.open_content(header, Vec::from([tokens]), sink);
                Ok(())
            }
            Err(kind) => {
                let text = open.full_text() + FormattingToken::Message.text();
                let tokens = open.first..self.position;
                self.record(
                    Repair {
                        kind: RepairKind::Refused,
                        tokens,
                        text,
                    },
                    sink,
                );
                Err(self.error(at, kind))
            }
        }
    }

    /// `<|start|>` in a header begins it anew (H3); right behind the prompt it repeats the prompt's end (H4).
    fn restart_header<S: EventSink>(&mut self, at: usize, sink: &mut S) {
        let Some(mut open) = self.take_header() else {
            return;
        };
        open.seal();
        if open.first == at && !open.started {
            self.note(
                RepairKind::RepeatedStart,
                at,
                FormattingToken::Start.text(),
                sink,
            );
        } else {
            let (tokens, text) = (open.first..at, open.full_text());
            self.record(
                Repair {
                    kind: RepairKind::RestartedHeader,
                    tokens,
                    text,
                },
                sink,
            );
        }
        self.open_header(OpenHeader::announced(at, true));
    }

    /// A stop token (H1) or the end of the stream (H2) closes a header: what reads as header is header, and the rest is
    /// the content.
    fn close_header<S: EventSink>(&mut self, ending: Ending, at: usize, sink: &mut S) {
        let Some(mut open) = self.take_header() else {
            return;
        };
        open.seal();
        let close = match ending {
            Ending::EndOfStream => lenient::Close::EndOfStream,
            Ending::Call => lenient::Close::Call,
            _ => lenient::Close::Stop,
        };
        let reading = self.read_leniently(&open, close);
        self.next_role = None;
        let says_something = reading.says_something && close != lenient::Close::EndOfStream;
        if reading.content_from.is_none() && !says_something {
            return self.abandon_header(&open, ending, sink);
        }
        if !open.announced {
            self.note(RepairKind::MissingStart, open.first, "", sink);
        }
        let settled = open.settle(&reading, at);
        for repair in settled.repairs {
            self.record(repair, sink);
        }
        self.note(RepairKind::MissingMessage, at, "", sink);
        self.open_content(reading.header, settled.header, sink);
        let text = reading
            .content_from
            .map(|from| open.content(from))
            .unwrap_or_default();
        if let State::Content(message) = &mut self.state {
            message.text = text;
            message.content_at = settled.content;
        }
        self.delta = LastDelta::Open(0);
        self.end_message(ending, at, sink);
    }

    /// A header that makes no message.
    fn abandon_header<S: EventSink>(&mut self, open: &OpenHeader, ending: Ending, sink: &mut S) {
        let tokens = open.first..self.position;
        if tokens.is_empty() {
            return;
        }
        let stop = match ending {
            Ending::End => FormattingToken::End.text(),
            Ending::Return => FormattingToken::Return.text(),
            Ending::Call => FormattingToken::Call.text(),
            Ending::EndOfText => FormattingToken::EndOfText.text(),
            Ending::EndOfStream | Ending::NextMessage => "",
        };
        let text = open.full_text() + stop;
        self.record(
            Repair {
                kind: RepairKind::AbandonedHeader,
                tokens,
                text,
            },
            sink,
        );
    }

    fn read_leniently(&self, open: &OpenHeader, close: lenient::Close) -> lenient::Reading {
        lenient::read(lenient::Question {
            text: &open.text,
            marks: &open.marks,
            role: self.next_role,
            started: open.started,
            close,
        })
    }

    /// Takes the open header away; the parser is then between messages.
    fn take_header(&mut self) -> Option<OpenHeader> {
        match std::mem::replace(&mut self.state, State::Between) {
            State::Header(open) => Some(open),
            other => {
                self.state = other;
                None
            }
        }
    }

    // --- in the content of a message ---

    fn open_content<S: EventSink>(&mut self, header: Header, header_at: Ranges, sink: &mut S) {
        sink.started(self.next_index(), &header);
        self.next_role = None;
        self.state = State::Content(OpenMessage::new(header, header_at));
    }

    fn in_content<S: EventSink>(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        sink: &mut S,
    ) -> Result<()> {
        if let Piece::Format(token) = piece {
            let ending = Ending::of(token);
            match ending {
                // Release 0.0.8 takes `<|endoftext|>` for text.
                Some(Ending::EndOfText) if self.options.strict => {}
                Some(ending) => {
                    self.end_message(ending, at, sink);
                    return Ok(());
                }
                None => {}
            }
        }
        if !self.options.strict && piece.special_id().is_some() {
            self.special_in_content(piece, at, sink);
            return Ok(());
        }
        let width = self.position - at;
        if let State::Content(open) = &mut self.state {
            let before = open.text.len();
            open.push(piece, at, width);
            if open.text.len() > before {
                self.delta = LastDelta::Open(before);
            }
        }
        Ok(())
    }

    /// A special token that does not end a message begins the next or is dropped (C1).
    fn special_in_content<S: EventSink>(&mut self, piece: Piece<'_>, at: usize, sink: &mut S) {
        match piece {
            Piece::Format(FormattingToken::Start) => {
                self.end_unstopped(at, sink);
                self.open_header(OpenHeader::announced(at, true));
            }
            Piece::Format(FormattingToken::Channel) => {
                self.end_unstopped(at, sink);
                let mut header = OpenHeader::unannounced(at);
                header.push(piece, at);
                self.next_role = Some(Role::Assistant);
                self.open_header(header);
            }
            _ => {
                self.report(sink);
                self.drop_piece(RepairKind::UnexpectedSpecial, piece, at, sink);
            }
        }
    }

    fn end_unstopped<S: EventSink>(&mut self, at: usize, sink: &mut S) {
        self.report(sink);
        self.note(RepairKind::MissingStop, at, "", sink);
        self.end_message(Ending::NextMessage, at, sink);
    }

    /// Ends the open message; `at` is where its ending stands.
    fn end_message<S: EventSink>(&mut self, ending: Ending, at: usize, sink: &mut S) {
        let State::Content(open) = &mut self.state else {
            return;
        };
        let delta_from = match self.delta {
            LastDelta::Open(from) => from,
            _ => open.text.len(),
        };
        open.seal();
        let delta = open.text[delta_from..].to_owned();
        self.report(sink);
        let State::Content(mut open) = std::mem::replace(&mut self.state, State::Between) else {
            return;
        };
        if ending.is_token() {
            push_range(&mut open.content_at, at..self.position);
        }
        sink.ended(self.next_index(), ending);
        self.delta = match delta.is_empty() {
            true => LastDelta::None,
            false => LastDelta::Closed(delta),
        };
        self.messages.push(open.header.into_message(open.text));
        self.places.push(Place {
            header: open.header_at,
            content: open.content_at,
            ending,
        });
    }

    // --- records ---

    /// The index of the message that is open or comes next.
    fn next_index(&self) -> usize {
        self.taken + self.messages.len()
    }

    fn record<S: EventSink>(&mut self, repair: Repair, sink: &mut S) {
        sink.repaired(&repair);
        self.repairs.push(repair);
    }

    /// Records the piece at `at` as belonging to no message.
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

    /// Records that something is missing at `at`, or was read although it was written otherwise.
    fn note<S: EventSink>(&mut self, kind: RepairKind, at: usize, text: &str, sink: &mut S) {
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

    fn error(&self, index: usize, kind: ParseErrorKind) -> crate::HarmonyError {
        ParseError { index, kind }.into()
    }
}
