//! Between messages: rule B1 of `docs/parsing.md`.

use super::{Machine, OpenHeader, Piece, State};
use crate::chat::Role;
use crate::encoding::parse::event::Ending;
use crate::encoding::parse::sink::EventSink;
use crate::encoding::repair::RepairKind;
use crate::encoding::special::FormattingToken;
use crate::error::{ParseError, ParseErrorKind};

impl Machine {
    pub(super) fn between<S: EventSink>(
        &mut self,
        piece: Piece<'_>,
        at: usize,
        sink: &mut S,
    ) -> Result<(), ParseError> {
        match piece {
            Piece::Format(FormattingToken::Start) => {
                self.state = State::Header(OpenHeader::announced(at, true));
            }
            _ if self.options.strict => return Err(self.refuse_between(piece, at, sink)),
            Piece::Format(token) if Ending::of(token).is_some() => {
                self.drop_piece(RepairKind::RepeatedStop, piece, at, sink);
            }
            Piece::Special { .. } => {
                self.drop_piece(RepairKind::UnexpectedSpecial, piece, at, sink);
            }
            piece if piece.is_whitespace() => {
                self.drop_piece(RepairKind::BlankBetween, piece, at, sink);
            }
            // B1: whatever else comes starts a message of the assistant.
            piece => {
                self.next_role = Some(Role::Assistant);
                self.state = State::Header(OpenHeader::unannounced(at));
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
    ) -> ParseError {
        self.drop_piece(RepairKind::Refused, piece, at, sink);
        let kind = ParseErrorKind::UnexpectedText {
            text: String::from_utf8_lossy(piece.bytes()).into_owned(),
            expected: FormattingToken::Start.id(),
        };
        self.error(at, kind)
    }
}
