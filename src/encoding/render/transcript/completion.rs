//! A sampled completion, cut into messages.

use std::ops::Range;

use super::entry::Entry;
use crate::chat::Role;
use crate::encoding::parse::parsed::ParsedMessage;
use crate::encoding::render::renderer::ending_of;
use crate::encoding::special::FormattingToken;
use crate::encoding::{HarmonyEncoding, ParseOptions};
use crate::error::Result;

/// The messages of a completion, with every one of its tokens.
pub(super) struct Completion {
    pub(super) entries: Vec<Entry>,
}

impl Completion {
    /// Reads what was sampled behind `opening`, which is `<|start|>`, the word of `role`, and perhaps more.
    pub(super) fn read(
        encoding: &HarmonyEncoding,
        role: Role,
        opening: &[u32],
        sampled: &[u32],
    ) -> Result<Self> {
        // The parser begins behind the role; a forced header and a prefill are read with what was sampled.
        let role_word = encoding.tokenizer.encode_ordinary(role.as_str());
        let known = (1 + role_word.len()).min(opening.len());
        let tokens = [opening, sampled].concat();
        let stream = tokens.get(known..).unwrap_or_default();
        let parsed = encoding.parse(stream, Some(role), ParseOptions { strict: false })?;

        let starts: Vec<usize> = parsed
            .messages
            .iter()
            .map(|message| known + first_position(message))
            .collect();
        let mut entries = Vec::with_capacity(parsed.messages.len());
        for (index, message) in parsed.messages.into_iter().enumerate() {
            // What lies between two messages goes to the one before, what lies before the first to the first.
            let start = if index == 0 { 0 } else { starts[index] };
            let end = starts.get(index + 1).copied().unwrap_or(tokens.len());
            let piece = tokens.get(start..end).unwrap_or_default().to_vec();
            let sampled_from = opening.len().saturating_sub(start);
            entries.push(entry(message, piece, known, start, sampled_from));
        }
        if let Some(last) = entries.last_mut() {
            end_as_history(last);
        }
        Ok(Self { entries })
    }
}

/// Where the message begins in the stream.
fn first_position(message: &ParsedMessage) -> usize {
    let ranges = message.header.iter().chain(&message.content);
    ranges.map(|range| range.start).min().unwrap_or_default()
}

/// The entry of the tokens `piece`, which begin at `start`; the parser's positions begin at `known`.
fn entry(
    parsed: ParsedMessage,
    piece: Vec<u32>,
    known: usize,
    start: usize,
    sampled_from: usize,
) -> Entry {
    let within = |position: usize| (known + position).saturating_sub(start).min(piece.len());
    let last_end = |ranges: &[Range<usize>]| ranges.last().map(|range| range.end);
    let content = last_end(&parsed.header).map_or(0, within);
    let content_end = last_end(&parsed.content).map_or(content, within);
    let ending = if parsed.is_complete() {
        content_end.saturating_sub(1).max(content)
    } else {
        content_end.max(content)
    };
    Entry {
        message: parsed.message,
        content,
        ending,
        sampled: sampled_from.min(piece.len())..piece.len(),
        returned: false,
        tokens: piece,
    }
}

/// In a history a turn ends in `<|end|>`, and every message has a stop token.
fn end_as_history(entry: &mut Entry) {
    match entry.tokens.get_mut(entry.ending) {
        Some(token) if *token == FormattingToken::Return.id() => {
            *token = FormattingToken::End.id();
            entry.returned = true;
        }
        Some(_) => {}
        None => entry.tokens.push(ending_of(&entry.message).id()),
    }
}
