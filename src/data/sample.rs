//! A conversation as training samples.

mod fit;
mod learned;
mod turns;

use std::sync::Arc;

use super::failure::Fault;
use super::recipe::{ColumnName, Recipe, Samples};
use super::row::Conversation;
use super::statistics::{sum, Statistics};
use crate::chat::Message;
use crate::encoding::render::{AnalysisPolicy, RenderSpec};
use crate::encoding::HarmonyEncoding;
use learned::Marked;
use turns::{is_thought, shared_turns, turns, Turn};

/// A sample: the tokens of a row of the table, or of a part of one.
#[derive(Debug, Default)]
pub(super) struct Sample {
    pub(super) tokens: Vec<u32>,
    /// For each token 1 if it is learned, otherwise 0.
    pub(super) learned: Vec<u8>,
    /// For each token how much it counts; empty if no column needs it.
    pub(super) weights: Vec<f32>,
    /// For each token the index of its message; empty if no column needs it.
    pub(super) messages: Vec<i32>,
    /// The index of the row.
    pub(super) conversation: usize,
    pub(super) number: usize,
    /// How many samples the row has.
    pub(super) count: usize,
    /// The values of the columns to carry along.
    pub(super) kept: Option<Arc<[Option<String>]>>,
}

/// Makes samples by one recipe.
#[derive(Debug)]
pub(super) struct Sampler<'r> {
    encoding: &'r HarmonyEncoding,
    recipe: &'r Recipe,
    whole: RenderSpec,
    /// For a turn with what comes before it, from which earlier thoughts are already taken out.
    turn: RenderSpec,
}

impl<'r> Sampler<'r> {
    pub(super) fn new(encoding: &'r HarmonyEncoding, recipe: &'r Recipe) -> Self {
        let keeps_all = recipe.format.with_analysis(AnalysisPolicy::KeepAll);
        Self {
            encoding,
            recipe,
            whole: RenderSpec::for_training().with_format(recipe.format),
            turn: RenderSpec::for_training().with_format(keeps_all),
        }
    }

    /// Appends the samples of a row, and counts them. A row that fails adds nothing.
    pub(super) fn samples(
        &self,
        row: usize,
        conversation: &Conversation,
        samples: &mut Vec<Sample>,
        statistics: &mut Statistics,
    ) -> Result<(), Fault> {
        let first = samples.len();
        let mut counted = Statistics::default();
        if let Err(fault) = self.add_all(conversation, samples, &mut counted) {
            samples.truncate(first);
            return Err(fault);
        }
        statistics.add(&counted);
        let count = samples.len() - first;
        let kept = (!conversation.kept.is_empty()).then(|| Arc::from(&conversation.kept[..]));
        for (number, sample) in samples[first..].iter_mut().enumerate() {
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
        samples: &mut Vec<Sample>,
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
        let rendered = self.encoding.render_with(messages, &self.whole)?;
        Ok(Marked::new(self.recipe, conversation, rendered, None))
    }

    fn turn(&self, conversation: &Conversation, turn: &Turn) -> Result<Marked, Fault> {
        let forgets = self.recipe.format.analysis != AnalysisPolicy::KeepAll;
        let is_forgotten =
            |index, message| forgets && index < turn.last.start && is_thought(message);
        let before = conversation.messages[..turn.learned.end].iter().enumerate();
        let (indices, seen): (Vec<usize>, Vec<&Message>) = before
            .filter(|&(index, message)| !is_forgotten(index, message))
            .unzip();
        let rendered = self.encoding.render_with(seen, &self.turn)?;
        let turn = Some((turn, &indices[..]));
        Ok(Marked::new(self.recipe, conversation, rendered, turn))
    }

    /// Appends a sample, cut as the recipe says, unless it is left out.
    fn add(
        &self,
        mut marked: Marked,
        samples: &mut Vec<Sample>,
        statistics: &mut Statistics,
    ) -> Result<(), Fault> {
        statistics.messages_left_out += marked.left_out;
        let length = marked.rendered.tokens.len();
        for piece in fit::pieces(length, self.recipe, statistics)? {
            let (tokens, mut learned) = marked.take(&piece);
            // In a packed row, the token before it is one of another sample.
            if let (Some(first), Some(_)) = (learned.first_mut(), &self.recipe.pack) {
                *first = 0;
            }
            if self.recipe.drop_unlearned && sum(&learned) == 0 {
                statistics.unlearned += 1;
                continue;
            }
            statistics.count(&marked.rendered.spans, piece.start, &learned);
            let mut sample = Sample::default();
            if self.recipe.wants(ColumnName::LossWeights) {
                sample.weights = marked.weights(&learned, &piece);
            }
            if self.recipe.wants(ColumnName::Message) {
                sample.messages = marked.messages(&piece);
            }
            samples.push(Sample {
                tokens,
                learned,
                ..sample
            });
        }
        Ok(())
    }
}
