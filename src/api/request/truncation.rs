//! What goes if the prompt is too long: the oldest turns, each as a whole.

use crate::chat::{Message, Role};
use crate::render::Transcript;

/// The messages of a transcript without its oldest turns, so that the prompt has at most `limit` tokens.
///
/// The first `head` messages stay, as do all system and developer messages and the last user turn. A turn begins with
/// a user message; turns that share a call and its result, which `answered` lists by their indices after the head, go
/// together. `None` if what has to stay is too long.
pub(in crate::api) fn fit(
    transcript: &Transcript,
    head: usize,
    answered: &[(usize, usize)],
    limit: usize,
) -> Option<Vec<Message>> {
    let messages: Vec<&Message> = transcript.messages().collect();
    let mut excess = transcript
        .tokens_with_opening()
        .len()
        .checked_sub(limit)
        .filter(|excess| *excess > 0)?;
    let lengths = lengths(transcript, messages.len());
    let mut dropped = vec![false; messages.len()];
    let starts = turn_starts(&messages, head, answered);
    for turn in starts.windows(2) {
        let &[start, end] = turn else { continue };
        for index in (start..end).filter(|&index| !stays(messages[index])) {
            dropped[index] = true;
            excess = excess.saturating_sub(lengths[index]);
        }
        if excess == 0 {
            let kept = messages.into_iter().zip(dropped);
            return Some(
                kept.filter(|(_, is_dropped)| !is_dropped)
                    .map(|(message, _)| message.clone())
                    .collect(),
            );
        }
    }
    None
}

fn stays(message: &Message) -> bool {
    matches!(message.author.role, Role::System | Role::Developer)
}

/// The tokens of each message; none for those that the format leaves out.
fn lengths(transcript: &Transcript, messages: usize) -> Vec<usize> {
    let mut lengths = vec![0; messages];
    for span in transcript.spans().messages() {
        if let Some(length) = lengths.get_mut(span.message()) {
            *length = span.tokens().len();
        }
    }
    lengths
}

/// Where turns begin that can be dropped on their own, and the end of the last one. What comes before the first user message
/// is a turn as well.
fn turn_starts(messages: &[&Message], head: usize, answered: &[(usize, usize)]) -> Vec<usize> {
    let is_user = |index: usize| messages[index].author.role == Role::User;
    let shared = between_call_and_result(messages.len(), head, answered);
    (head..messages.len())
        .filter(|&index| index == head || is_user(index) && !is_user(index - 1))
        .filter(|&index| !shared[index])
        .collect()
}

/// For each message whether a call before it is answered by it or later.
fn between_call_and_result(messages: usize, head: usize, answered: &[(usize, usize)]) -> Vec<bool> {
    let mut opened = vec![0_i64; messages + 2];
    for (call, result) in answered {
        let (after_call, after_result) = (head + call + 1, head + result + 1);
        if after_result < opened.len() {
            opened[after_call] += 1;
            opened[after_result] -= 1;
        }
    }
    let mut open = 0;
    let is_open = opened.iter().map(|change| {
        open += change;
        open > 0
    });
    is_open.take(messages).collect()
}
