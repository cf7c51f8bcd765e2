//! A sampled completion, cut into messages.

use std::ops::Range;

use super::entry::Entry;
use crate::chat::Role;
use crate::encoding::parse::parsed::ParsedMessage;
use crate::encoding::render::renderer::ending_of;
use crate::encoding::special::FormattingToken;
use crate::encoding::{HarmonyEncoding, ParseOptions};
use crate::error::Result;
use crate::tokenizer::Tokenizer;

/// The messages that were sampled after `opening`, with every token of both.
///
/// `opening` is `<|start|>`, the word of `role`, and perhaps more: a forced header, a prefilled text.
pub(super) fn read_completion(
    encoding: &HarmonyEncoding,
    role: Role,
    opening: &[u32],
    sampled: &[u32],
) -> Result<Vec<Entry>> {
    // The parser starts after the role; a forced header and a prefill are read with what was sampled.
    let role_word = encoding.tokenizer().encode_ordinary(role.as_str());
    let known = (1 + role_word.len()).min(opening.len());
    let tokens = [opening, sampled].concat();
    let stream = tokens.get(known..).unwrap_or_default();
    let parsed = encoding.parse(stream, Some(role), ParseOptions { strict: false })?;

    // What lies between two messages goes to the one before, what lies before the first to the first.
    let mut starts: Vec<usize> = parsed
        .messages
        .iter()
        .map(|message| known + first_position(message))
        .collect();
    if let Some(first) = starts.first_mut() {
        *first = 0;
    }
    starts.push(tokens.len());

    let mut entries = Vec::with_capacity(parsed.messages.len());
    for (message, bounds) in parsed.messages.into_iter().zip(starts.windows(2)) {
        let piece = tokens.get(bounds[0]..bounds[1]).unwrap_or_default();
        let sampled_from = opening.len().saturating_sub(bounds[0]);
        entries.push(entry(
            message,
            piece.to_vec(),
            known,
            bounds[0],
            sampled_from,
        ));
    }
    if let Some(last) = entries.last_mut() {
        end_as_history(last, encoding.tokenizer);
    }
    Ok(entries)
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
fn end_as_history(entry: &mut Entry, tokenizer: &Tokenizer) {
    let id = |token: FormattingToken| token.id_in(tokenizer);
    match entry.tokens.get_mut(entry.ending) {
        Some(token) if *token == id(FormattingToken::Return) => {
            *token = id(FormattingToken::End);
            entry.returned = true;
        }
        Some(_) => {}
        None => entry.tokens.push(id(ending_of(&entry.message))),
    }
}
