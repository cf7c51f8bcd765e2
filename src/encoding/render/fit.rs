//! Which messages of a conversation fit a budget of tokens.

mod turns;

use super::conversation;
use super::policy::Retention;
use super::spec::{RenderEnding, RenderSpec};
use crate::chat::Message;
use crate::error::{RenderError, RenderErrorKind};
use crate::tokenizer::Tokenizer;
use turns::Turns;

/// What [`fit`](crate::HarmonyEncoding::fit) must not drop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// How many of the last turns stay, whatever they cost; at least one does.
    pub turns: usize,
    /// Indices of messages that stay, each with its turn.
    pub messages: Vec<usize>,
}

/// The last turn stays.
impl Default for Keep {
    fn default() -> Self {
        Self {
            turns: 1,
            messages: Vec::new(),
        }
    }
}

/// The indices of the messages that stay.
pub(super) fn fit(
    tokenizer: &Tokenizer,
    messages: &[&Message],
    spec: &RenderSpec,
    max_tokens: usize,
    keep: &Keep,
) -> Result<Vec<usize>, RenderError> {
    let budget = Budget {
        messages,
        turns: Turns::of(messages, keep),
        sizes: conversation::sizes(tokenizer, messages, spec)?,
        spec,
    };
    let most = budget.turns.droppable;
    let tokens = budget.cost_without(most);
    if tokens > max_tokens {
        return Err(RenderError {
            index: budget.turns.last_start,
            kind: RenderErrorKind::TooLong { tokens, max_tokens },
        });
    }
    // What a conversation costs falls with each turn that goes, so halving finds how many must go. Each step looks at the
    // messages, and none renders them again.
    let (mut dropped, mut enough) = (0, most);
    while dropped < enough {
        let middle = dropped.midpoint(enough);
        if budget.cost_without(middle) <= max_tokens {
            enough = middle;
        } else {
            dropped = middle + 1;
        }
    }
    Ok(budget.kept_without(enough).collect())
}

/// A conversation, and what its messages cost.
struct Budget<'a> {
    messages: &'a [&'a Message],
    turns: Turns,
    sizes: conversation::Sizes,
    spec: &'a RenderSpec,
}

impl Budget<'_> {
    /// The messages that stay if the oldest `dropped` turns go.
    fn kept_without(&self, dropped: usize) -> impl Iterator<Item = usize> + '_ {
        let goes = move |order: Option<usize>| order.is_some_and(|order| order < dropped);
        let orders = self.turns.order_of_message.iter().enumerate();
        orders
            .filter(move |(_, order)| !goes(**order))
            .map(|(index, _)| index)
    }

    /// How many tokens there are if the oldest `dropped` turns go.
    fn cost_without(&self, dropped: usize) -> usize {
        let completion_follows = matches!(self.spec.ending, RenderEnding::Completion(_));
        let kept: Vec<usize> = self.kept_without(dropped).collect();
        let messages: Vec<&Message> = kept.iter().map(|&index| self.messages[index]).collect();
        let retention = Retention::of(self.spec.format.analysis, completion_follows, &messages);
        let rendered = kept.iter().zip(&messages).enumerate();
        let sizes = rendered
            .filter(|(place, (_, message))| !retention.drops(*place, message))
            .map(|(_, (&index, _))| self.sizes.messages[index]);
        sizes.sum::<usize>() + self.sizes.opening
    }
}
