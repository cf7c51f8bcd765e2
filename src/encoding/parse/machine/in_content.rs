//! In the content of a message: rules C1 and C2 of `docs/parsing.md`.

use super::record::Place;
use super::{LastDelta, Machine, OpenHeader, OpenMessage, Piece, State};
use crate::chat::Role;
use crate::encoding::header::Header;
use crate::encoding::parse::event::Ending;
use crate::encoding::parse::place::{push_range, Ranges};
use crate::encoding::parse::sink::EventSink;
use crate::encoding::repair::RepairKind;
use crate::encoding::special::FormattingToken;
use crate::tokenizer::Tokenizer;

impl Machine {
    /// Processes the text that the tokens begin with, as far as it is content, and returns how many tokens that were.
    ///
    /// The last token is never among them: the text of the last one that was processed is the delta. Decoding text together
    /// takes a fifth of the time that it takes token by token.
    #[inline]
    pub fn take_text(&mut self, tokenizer: &Tokenizer, tokens: &[u32]) -> usize {
        match (&mut self.state, tokens) {
            (State::Content(open), [_, _, _, ..]) => {
                let taken = open.take_text(tokenizer, &tokens[..tokens.len() - 1], self.position);
                self.position += taken;
                taken
            }
            _ => 0,
        }
    }

    pub(super) fn open_content<S: EventSink>(
        &mut self,
        header: Header,
        header_at: Ranges,
        sink: &mut S,
    ) {
        sink.message_started(self.record.next_index(), &header);
        self.next_role = None;
        self.state = State::Content(OpenMessage::new(header, header_at));
    }

    pub(super) fn in_content<S: EventSink>(&mut self, piece: Piece<'_>, at: usize, sink: &mut S) {
        if let Piece::Format(token) = piece {
            match Ending::of(token) {
                // Release 0.0.8 reads `<|endoftext|>` as text.
                Some(Ending::EndOfText) if self.options.strict => {}
                Some(ending) => return self.end_message(ending, at, sink),
                None => {}
            }
        }
        if !self.options.strict && piece.special_id().is_some() {
            return self.special_in_content(piece, at, sink);
        }
        let width = self.position - at;
        if let State::Content(open) = &mut self.state {
            let before = open.text.len();
            open.push(piece, at, width);
            if open.text.len() > before {
                self.delta = LastDelta::Open(before);
            }
        }
    }

    /// A special token that does not end a message starts the next one or is dropped (C1).
    fn special_in_content<S: EventSink>(&mut self, piece: Piece<'_>, at: usize, sink: &mut S) {
        match piece {
            Piece::Format(FormattingToken::Start) => {
                self.end_unstopped(at, sink);
                self.state = State::Header(OpenHeader::announced(at, true));
            }
            Piece::Format(FormattingToken::Channel) => {
                self.end_unstopped(at, sink);
                let mut header = OpenHeader::unannounced(at);
                header.push(piece, at);
                self.next_role = Some(Role::Assistant);
                self.state = State::Header(header);
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

    /// Ends the open message; `at` is the position of its ending.
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
        sink.message_ended(self.record.next_index(), ending);
        self.delta = if delta.is_empty() {
            LastDelta::None
        } else {
            LastDelta::Closed(delta)
        };
        self.record
            .messages
            .push(open.header.into_message(open.text));
        self.record.places.push(Place {
            header: open.header_at,
            content: open.content_at,
            ending,
        });
    }
}
