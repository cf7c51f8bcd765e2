//! Between messages: rule B1 of `docs/parsing.md`.

use super::{OpenHeader, Piece, State, StreamableParser};
use crate::chat::Role;
use crate::encoding::parse::event::{Ending, EventSink};
use crate::encoding::parse::repair::RepairKind;
use crate::encoding::special::FormattingToken;
use crate::error::{ParseErrorKind, Result};

impl StreamableParser {
    pub(super) fn between<S: EventSink>(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        sink: &mut S,
    ) -> Result<()> {
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

    pub(super) fn open_header(&mut self, header: OpenHeader) {
        self.state = State::Header(header);
    }
}
