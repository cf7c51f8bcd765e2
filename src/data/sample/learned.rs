//! Which tokens of a rendered conversation are learned, and how much.

use std::ops::Range;

use super::turns::Turn;
use crate::chat::{Message, Role};
use crate::data::recipe::{Learn, LearnPolicy, Recipe};
use crate::data::row::Conversation;
use crate::encoding::render::{MessageSpan, Part, Rendered, TokenSelection};

/// A rendered conversation, and which of its tokens are learned.
#[derive(Debug)]
pub(super) struct Marked {
    pub(super) rendered: Rendered,
    /// For each token 1 if it is learned, otherwise 0.
    pub(super) learned: Vec<u8>,
    /// How many messages of the conversation the sample left out.
    pub(super) left_out: usize,
    /// For each span the index of its message in the conversation.
    indices: Vec<usize>,
    /// For each message of the conversation how much it counts; empty for 1.
    message_weights: Vec<f32>,
}

impl Marked {
    /// `turn` has the turns that are learned, and the index in the conversation of each message that was rendered; without it
    /// the whole conversation was rendered.
    pub(super) fn new(
        recipe: &Recipe,
        conversation: &Conversation,
        rendered: Rendered,
        turn: Option<(&Turn, &[usize])>,
    ) -> Self {
        let spans = rendered.spans.messages();
        let index = |span: &MessageSpan| match turn {
            Some((_, indices)) => indices[span.message()],
            None => span.message(),
        };
        let indices: Vec<usize> = spans.iter().map(index).collect();
        let rendered_messages =
            turn.map_or(conversation.messages.len(), |(turn, _)| turn.learned.end);
        let left_out = rendered_messages - indices.len();
        let mut marked = Self {
            learned: vec![0; rendered.tokens.len()],
            rendered,
            left_out,
            indices,
            message_weights: conversation.weights.clone(),
        };
        marked.mark(recipe, &conversation.messages, turn.map(|(turn, _)| turn));
        marked
    }

    fn mark(&mut self, recipe: &Recipe, messages: &[Message], turn: Option<&Turn>) {
        let range = turn.map_or(0..messages.len(), |turn| turn.learned.clone());
        match &recipe.learn {
            Learn::Selection(selection) => self.select(selection, &range),
            Learn::Policy(LearnPolicy::Sampled | LearnPolicy::Weights) => self.sampled(&range),
            Learn::Policy(LearnPolicy::Assistant) => self.contents(&range),
            Learn::Policy(LearnPolicy::LastTurn) => {
                self.sampled(&after_last(messages, range, |message| {
                    message.author.role == Role::User
                }));
            }
            Learn::Policy(LearnPolicy::LastMessage) => {
                self.sampled(&last_of_assistant(messages, range));
            }
        }
        if let Some(turn) = turn {
            self.forget_endings(turn);
        }
    }

    fn each_of(&mut self, range: &Range<usize>, tokens: impl Fn(&MessageSpan) -> Range<usize>) {
        for (span, index) in self.rendered.spans.messages().iter().zip(&self.indices) {
            let weight = self.message_weights.get(*index).copied().unwrap_or(1.0);
            if range.contains(index) && weight != 0.0 {
                self.learned[tokens(span)].fill(1);
            }
        }
    }

    fn sampled(&mut self, range: &Range<usize>) {
        self.each_of(range, MessageSpan::sampled);
    }

    fn contents(&mut self, range: &Range<usize>) {
        self.each_of(range, |span| match span.role() {
            Role::Assistant => span.part(Part::Content).start..span.part(Part::Ending).end,
            _ => 0..0,
        });
    }

    fn select(&mut self, selection: &TokenSelection, range: &Range<usize>) {
        let chosen = selection.mask(&self.rendered.spans);
        for (span, index) in self.rendered.spans.messages().iter().zip(&self.indices) {
            if range.contains(index) {
                for token in span.tokens() {
                    self.learned[token] = u8::from(chosen[token]);
                }
            }
        }
    }

    /// The end of a turn that others follow is not learned: it is `<|end|>` there, where the model has to write `<|return|>`.
    fn forget_endings(&mut self, turn: &Turn) {
        for (span, index) in self.rendered.spans.messages().iter().zip(&self.indices) {
            // They are in order.
            if turn.earlier_ends.binary_search(index).is_ok() {
                self.learned[span.part(Part::Ending)].fill(0);
            }
        }
    }

    /// How much the tokens of a piece count.
    pub(super) fn weights(&self, piece: &Range<usize>) -> Vec<f32> {
        let learned = &self.learned[piece.clone()];
        let mut weights: Vec<f32> = learned.iter().map(|&on| f32::from(on)).collect();
        for (index, tokens) in self.messages_in(piece) {
            if let Some(weight) = self.message_weights.get(index) {
                for token in &mut weights[tokens] {
                    *token *= weight;
                }
            }
        }
        weights
    }

    /// For each token of a piece the index of its message in the conversation.
    pub(super) fn messages(&self, piece: &Range<usize>) -> Vec<i32> {
        let mut messages = vec![0; piece.len()];
        for (index, tokens) in self.messages_in(piece) {
            // A conversation of 2^31 messages has more tokens than a column.
            messages[tokens].fill(i32::try_from(index).unwrap_or(i32::MAX));
        }
        messages
    }

    /// The messages that have tokens in a piece: their indices in the conversation, and their tokens in the piece.
    ///
    /// Messages before and after the piece are not looked at: a long conversation may have thousands of pieces.
    fn messages_in<'m>(
        &'m self,
        piece: &'m Range<usize>,
    ) -> impl Iterator<Item = (usize, Range<usize>)> + 'm {
        let touched = self.rendered.spans.touched_by(piece);
        let spans = &self.rendered.spans.messages()[touched.clone()];
        spans
            .iter()
            .zip(&self.indices[touched])
            .map(|(span, &index)| {
                let inside = |position: usize| position.clamp(piece.start, piece.end) - piece.start;
                (
                    index,
                    inside(span.tokens().start)..inside(span.tokens().end),
                )
            })
    }
}

/// What comes after the last message of the range that meets a condition.
fn after_last(
    messages: &[Message],
    range: Range<usize>,
    condition: impl Fn(&Message) -> bool,
) -> Range<usize> {
    let last = range
        .clone()
        .rev()
        .find(|&index| condition(&messages[index]));
    last.map_or(range.start, |index| index + 1)..range.end
}

/// What the assistant wrote last, between messages of others.
fn last_of_assistant(messages: &[Message], range: Range<usize>) -> Range<usize> {
    let is_other = |message: &Message| message.author.role != Role::Assistant;
    let mut end = range.end;
    while end > range.start && is_other(&messages[end - 1]) {
        end -= 1;
    }
    after_last(messages, range.start..end, is_other)
}
