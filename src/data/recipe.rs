//! How rows become training samples.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use super::form::Form;
use super::pack::Packing;
use crate::chat::SystemContent;
use crate::encoding::render::{RenderFormat, TokenSelection};
use crate::named::named_enum;

/// How rows become training samples. All fields have defaults; in JSON, an unknown field is an error.
///
/// ```
/// use openai_harmony::data::Recipe;
///
/// let recipe: Recipe = serde_json::from_str(r#"{"learn": "last_turn", "max_length": 4096}"#)?;
/// assert_eq!(recipe.max_length.map(|length| length.get()), Some(4096));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Recipe {
    /// In which words the rows are written.
    pub form: Form,
    /// The system message of rows of Chat Completions, which have none of their own.
    pub system: Option<SystemContent>,
    /// How messages are written. The default is that of release 0.0.8, except that the analysis of the last turn stays.
    pub format: RenderFormat,
    /// Which tokens are learned.
    pub learn: Learn,
    /// How many samples a conversation becomes.
    pub samples: Samples,
    /// How many tokens a sample may have.
    pub max_length: Option<NonZeroUsize>,
    /// What becomes of a longer sample.
    pub overflow: Overflow,
    /// Whether samples in which nothing is learned are left out, and counted.
    pub drop_unlearned: bool,
    /// How samples are put together in rows; `None` for one sample a row.
    pub pack: Option<Packing>,
    /// What decides the order of the samples, before they are packed; `None` for that of the rows.
    pub seed: Option<u64>,
    /// The columns of the table.
    pub columns: Vec<ColumnName>,
    /// Columns of the source to carry along, as texts.
    pub keep: Vec<String>,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            form: Form::Auto,
            system: None,
            format: RenderFormat::TRAINING,
            learn: Learn::default(),
            samples: Samples::One,
            max_length: None,
            overflow: Overflow::Drop,
            drop_unlearned: true,
            pack: None,
            seed: None,
            columns: vec![ColumnName::InputIds, ColumnName::LossMask],
            keep: Vec::new(),
        }
    }
}

impl Recipe {
    /// How many tokens a sample may have: a packed one must fit into a row.
    pub(super) fn longest(&self) -> usize {
        let longest = self.max_length.map_or(usize::MAX, NonZeroUsize::get);
        let row = self
            .pack
            .as_ref()
            .map_or(usize::MAX, |pack| pack.length.get());
        longest.min(row)
    }

    pub(super) fn wants(&self, column: ColumnName) -> bool {
        self.columns.contains(&column)
    }
}

/// Which tokens are learned: a policy, or any selection of tokens.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(untagged)]
pub enum Learn {
    /// A policy by its name.
    Policy(LearnPolicy),
    /// The tokens that a selection chooses.
    Selection(TokenSelection),
}

impl Default for Learn {
    fn default() -> Self {
        Self::Policy(LearnPolicy::default())
    }
}

named_enum! {
    "learn policy",
    /// Which tokens are learned.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum LearnPolicy {
        /// Everything that the model writes, headers included, but not the `<|start|>assistant` in which a prompt ends.
        #[default]
        Sampled = "sampled",
        /// Contents and endings of the assistant's messages, without their headers.
        Assistant = "assistant",
        /// As `Sampled`, after the last message of the user.
        LastTurn = "last_turn",
        /// As `Sampled`, after the last message that is not the assistant's: a thought and its answer, or a thought and its
        /// call, which are one message in Chat Completions.
        LastMessage = "last_message",
        /// As `Sampled`, times the number `weight` or the flag `train` of the message; 1 where a message has neither.
        Weights = "weights",
    }
}

named_enum! {
    "sampling",
    /// How many samples a conversation becomes.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum Samples {
        /// One, as the whole conversation is rendered.
        #[default]
        One = "one",
        /// One for each turn, with the conversation before it as the model saw it when it wrote that turn: thoughts of
        /// earlier turns are left out, those of the turn itself stay. Only that turn is learned.
        PerTurn = "per_turn",
        /// As `PerTurn`, but a turn that begins with exactly the tokens of the sample before shares its sample.
        Merged = "merged",
    }
}

named_enum! {
    "overflow policy",
    /// What becomes of a sample that is too long.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum Overflow {
        /// It is left out, and counted.
        #[default]
        Drop = "drop",
        /// Its end is cut off, and the tokens are counted.
        Truncate = "truncate",
        /// It becomes several samples of at most that length.
        Split = "split",
        /// The row fails.
        Error = "error",
    }
}

named_enum! {
    "column",
    /// A column of a table. With packing, columns of one value a sample have a list of them, one for each sample in the row.
    #[non_exhaustive]
    pub enum ColumnName {
        /// The token ids, a list of 32-bit integers.
        InputIds = "input_ids",
        /// For each token 1 if it is learned and 0 if not, a list of bytes.
        LossMask = "loss_mask",
        /// For each token how much it counts in the loss, a list of 32-bit floats.
        LossWeights = "loss_weights",
        /// For each token its id if it is learned, and -100 if not: what losses of PyTorch ignore.
        Labels = "labels",
        /// For each token its position in its sample, from 0.
        PositionIds = "position_ids",
        /// The lengths of the samples in the row.
        SeqLengths = "seq_lengths",
        /// For each token the index of its message in the conversation.
        Message = "message",
        /// The index of the row that the sample comes from.
        Conversation = "conversation",
        /// The number of the sample among those of its conversation, from 0.
        Sample = "sample",
        /// How many samples the conversation became, so that each conversation can be given the same weight.
        Samples = "samples",
    }
}
