//! In a header: rules H1 to H4 of `docs/parsing.md`. What the words of a header mean is decided in `header`.

use super::{LastDelta, Machine, OpenHeader, Piece, State};
use crate::encoding::header::{lenient, strict};
use crate::encoding::parse::event::Ending;
use crate::encoding::parse::place::push_range;
use crate::encoding::parse::sink::EventSink;
use crate::encoding::repair::{Repair, RepairKind};
use crate::encoding::special::FormattingToken;
use crate::error::{ParseError, ParseErrorKind};

impl Machine {
    pub(super) fn in_header<S: EventSink>(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        sink: &mut S,
    ) -> Result<(), ParseError> {
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
    fn complete_header<S: EventSink>(&mut self, at: usize, sink: &mut S) -> Result<(), ParseError> {
        let Some(mut open) = self.take_header() else {
            return Ok(());
        };
        open.seal();
        if self.options.strict {
            return self.complete_strict_header(open, at, sink);
        }
        let parsed = self.read_leniently(&open, lenient::ClosedBy::Message);
        if !open.announced {
            self.note(RepairKind::MissingStart, open.first, "", sink);
        }
        let mut settled = open.settle(&parsed, at);
        for repair in settled.repairs {
            self.record(repair, sink);
        }
        push_range(&mut settled.header, at..self.position);
        self.open_content(parsed.header, settled.header, sink);
        Ok(())
    }

    fn complete_strict_header<S: EventSink>(
        &mut self,
        open: OpenHeader,
        at: usize,
        sink: &mut S,
    ) -> Result<(), ParseError> {
        let header = if open.is_decodable() {
            strict::read(&open.text, self.next_role)
        } else {
            Err(ParseErrorKind::UndecodableHeader(open.text.clone()))
        };
        match header {
            Ok(header) => {
                let tokens = open.first..self.position;
                self.open_content(header, Vec::from([tokens]), sink);
                Ok(())
            }
            Err(kind) => {
                let closed_by = Some(FormattingToken::Message);
                self.drop_header(RepairKind::Refused, &open, closed_by, sink);
                Err(self.error(at, kind))
            }
        }
    }

    /// `<|start|>` in a header starts it again (H3); right after the prompt it repeats the prompt's end (H4).
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
            let kind = RepairKind::RestartedHeader;
            self.record(Repair { kind, tokens, text }, sink);
        }
        self.state = State::Header(OpenHeader::announced(at, true));
    }

    /// A stop token (H1) or the end of the stream (H2) closes a header: what reads as header is header, and the rest is
    /// the content.
    pub(super) fn close_header<S: EventSink>(&mut self, ending: Ending, at: usize, sink: &mut S) {
        let Some(mut open) = self.take_header() else {
            return;
        };
        open.seal();
        let closed_by = match ending {
            Ending::EndOfStream => lenient::ClosedBy::EndOfStream,
            Ending::Call => lenient::ClosedBy::Call,
            _ => lenient::ClosedBy::Stop,
        };
        let parsed = self.read_leniently(&open, closed_by);
        self.next_role = None;
        let says_something = parsed.says_something && closed_by != lenient::ClosedBy::EndOfStream;
        if parsed.content_from.is_none() && !says_something {
            return self.drop_header(RepairKind::AbandonedHeader, &open, ending.token(), sink);
        }
        if !open.announced {
            self.note(RepairKind::MissingStart, open.first, "", sink);
        }
        let mut settled = open.settle(&parsed, at);
        settled.insert_missing_message(at);
        for repair in settled.repairs {
            self.record(repair, sink);
        }
        self.open_content(parsed.header, settled.header, sink);
        let text = parsed
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

    /// Records a header that makes no message, together with the token that closed it.
    fn drop_header<S: EventSink>(
        &mut self,
        kind: RepairKind,
        open: &OpenHeader,
        closed_by: Option<FormattingToken>,
        sink: &mut S,
    ) {
        let tokens = open.first..self.position;
        if tokens.is_empty() {
            return;
        }
        let text = open.full_text() + closed_by.map_or("", FormattingToken::text);
        self.record(Repair { kind, tokens, text }, sink);
    }

    fn read_leniently(
        &self,
        open: &OpenHeader,
        closed_by: lenient::ClosedBy,
    ) -> lenient::ParsedHeader {
        lenient::read(lenient::HeaderInput {
            text: &open.text,
            specials: &open.specials,
            role: self.next_role,
            started: open.started,
            closed_by,
        })
    }

    /// Takes the open header away; the machine is then between messages.
    fn take_header(&mut self) -> Option<OpenHeader> {
        match std::mem::replace(&mut self.state, State::Between) {
            State::Header(open) => Some(open),
            other => {
                self.state = other;
                None
            }
        }
    }
}
