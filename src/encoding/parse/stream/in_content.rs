//! In the content of a message: rules C1 and C2 of `docs/parsing.md`.

use super::{LastDelta, OpenHeader, OpenMessage, Piece, Place, State, StreamableParser};
use crate::chat::Role;
use crate::encoding::header::Header;
use crate::encoding::parse::event::{Ending, EventSink};
use crate::encoding::parse::place::{push_range, Ranges};
use crate::encoding::parse::repair::RepairKind;
use crate::encoding::special::FormattingToken;
use crate::error::Result;

impl StreamableParser {
    pub(super) fn open_content<S: EventSink>(
        &mut self,
        header: Header,
        header_at: Ranges,
        sink: &mut S,
    ) {
        sink.started(self.next_index(), &header);
        self.next_role = None;
        self.state = State::Content(OpenMessage::new(header, header_at));
    }

    pub(super) fn in_content<S: EventSink>(
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
    pub(super) fn end_message<S: EventSink>(&mut self, ending: Ending, at: usize, sink: &mut S) {
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
}
