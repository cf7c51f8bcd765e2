//! A conversation as training samples.

mod fit;
mod learned;
mod list;
mod turns;

pub(super) use list::{Sample, SampleList};

use std::cell::Cell;
use std::mem;
use std::sync::Arc;

use super::failure::Fault;
use super::recipe::{ColumnName, Recipe, Samples};
use super::row::Conversation;
use super::statistics::{sum, Statistics};
use crate::chat::Message;
use crate::encoding::render::{AnalysisPolicy, Known, RenderSpec, Rendered};
use crate::encoding::HarmonyEncoding;
use learned::Marked;
use turns::{is_thought, shared_turns, turns, Turn};

/// Makes samples by one recipe, on one thread.
pub(super) struct Sampler<'r> {
    encoding: &'r HarmonyEncoding,
    recipe: &'r Recipe,
    whole: RenderSpec,
    /// For a turn with what comes before it, from which earlier thoughts are already taken out.
    turn: RenderSpec,
    /// What the samples made so far have in common.
    known: Known,
    /// Where a row is counted, until it is known whether it fails. Nothing is counted in it between two rows.
    counted: Cell<Statistics>,
    /// Where a conversation is rendered.
    tokens: Cell<Vec<u32>>,
}

impl<'r> Sampler<'r> {
    pub(super) fn new(encoding: &'r HarmonyEncoding, recipe: &'r Recipe) -> Self {
        let keeps_all = recipe.format.with_analysis(AnalysisPolicy::KeepAll);
        Self {
            encoding,
            recipe,
            whole: RenderSpec::for_training().with_format(recipe.format),
            turn: RenderSpec::for_training().with_format(keeps_all),
            known: Known::default(),
            counted: Cell::default(),
            tokens: Cell::default(),
        }
    }

    /// Appends the samples of a row, and counts them. A row that fails adds nothing.
    pub(super) fn samples(
        &self,
        row: usize,
        conversation: &Conversation,
        samples: &mut SampleList,
        statistics: &mut Statistics,
    ) -> Result<(), Fault> {
        let first = samples.len();
        let mut counted = self.counted.take();
        if let Err(fault) = self.add_all(conversation, samples, &mut counted) {
            samples.truncate(first);
            return Err(fault);
        }
        statistics.add(&counted);
        counted.clear();
        self.counted.set(counted);
        let count = samples.len() - first;
        let kept = (!conversation.kept.is_empty()).then(|| Arc::from(&conversation.kept[..]));
        for (number, sample) in samples.iter_mut().skip(first).enumerate() {
            sample.conversation = row;
            sample.number = number;
            sample.count = count;
            sample.kept.clone_from(&kept);
        }
        Ok(())
    }

    fn add_all(
        &self,
        conversation: &Conversation,
        samples: &mut SampleList,
        statistics: &mut Statistics,
    ) -> Result<(), Fault> {
        let messages = &conversation.messages;
        let turns = match self.recipe.samples {
            Samples::One => {
                return self.add(self.whole(conversation)?, samples, statistics);
            }
            Samples::PerTurn => turns(messages),
            Samples::Merged => shared_turns(messages, turns(messages)),
        };
        turns
            .iter()
            .try_for_each(|turn| self.add(self.turn(conversation, turn)?, samples, statistics))
    }

    fn whole(&self, conversation: &Conversation) -> Result<Marked, Fault> {
        let messages = &conversation.messages;
        let rendered = self.render(messages, &self.whole)?;
        Ok(Marked::new(self.recipe, conversation, rendered, None))
    }

    fn render<'m>(
        &self,
        messages: impl IntoIterator<Item = &'m Message>,
        spec: &RenderSpec,
    ) -> Result<Rendered, Fault> {
        let tokens = self.tokens.take();
        Ok(self
            .encoding
            .render_knowing(messages, spec, &self.known, tokens)?)
    }

    fn turn(&self, conversation: &Conversation, turn: &Turn) -> Result<Marked, Fault> {
        let forgets = self.recipe.format.analysis != AnalysisPolicy::KeepAll;
        let is_forgotten =
            |index, message| forgets && index < turn.last.start && is_thought(message);
        let before = conversation.messages[..turn.learned.end].iter().enumerate();
        let (indices, seen): (Vec<usize>, Vec<&Message>) = before
            .filter(|&(index, message)| !is_forgotten(index, message))
            .unzip();
        let rendered = self.render(seen, &self.turn)?;
        let turn = Some((turn, &indices[..]));
        Ok(Marked::new(self.recipe, conversation, rendered, turn))
    }

    /// Appends a sample, cut as the recipe says, unless it is left out.
    fn add(
        &self,
        mut marked: Marked,
        samples: &mut SampleList,
        statistics: &mut Statistics,
    ) -> Result<(), Fault> {
        statistics.messages_left_out += marked.left_out;
        let length = marked.rendered.tokens.len();
        for piece in fit::pieces(length, self.recipe, statistics)? {
            let learned = &mut marked.learned[piece.clone()];
            // In a packed row, the token before it is one of another sample.
            if let (Some(first), Some(_)) = (learned.first_mut(), &self.recipe.pack) {
                *first = 0;
            }
            if self.recipe.drop_unlearned && sum(learned) == 0 {
                statistics.unlearned += 1;
                continue;
            }
            statistics.count(&marked.rendered.spans, piece.start, learned);
            samples.push(&marked.rendered.tokens[piece.clone()], learned);
            if self.recipe.wants(ColumnName::LossWeights) {
                samples.push_weights(marked.weights(&piece));
            }
            if self.recipe.wants(ColumnName::Message) {
                samples.push_messages(marked.messages(&piece));
            }
        }
        self.tokens.set(mem::take(&mut marked.rendered.tokens));
        Ok(())
    }
}
