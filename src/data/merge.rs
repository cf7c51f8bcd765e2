//! Turns of rollouts to samples, merged where one turn continues another.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::column::{offset, Column, TooLarge};
use super::statistics::Statistics;
use super::table::Table;

/// One call of the model in a rollout.
#[derive(Clone, Copy, Debug, Default)]
pub struct RolloutTurn<'a> {
    /// Which rollout the turn belongs to.
    pub rollout: i64,
    /// The tokens that the model was given.
    pub prompt: &'a [u32],
    /// The tokens that it sampled.
    pub completion: &'a [u32],
    /// The log-probability of each sampled token; tokens that have none count as 0.
    pub logprobs: &'a [f32],
}

/// Merges turns by prefix: a turn whose prompt begins with all tokens of a sample of its rollout continues that sample, and any other
/// turn begins a sample. So a rollout whose history only grows is one sample, in which each token is there once.
///
/// Among several samples that a prompt begins with, the longest is continued. Only sampled tokens are learned. The columns are
/// `input_ids`, `loss_mask`, `logprobs` (0 where the token was not sampled), `turns` (the indices of the turns in the sample),
/// `rollout`, `sample` and `samples`. Samples are in the order of their first turns.
///
/// ```
/// use openai_harmony::data::{merge_rollouts, RolloutTurn};
///
/// let turn = |prompt, completion| RolloutTurn { prompt, completion, ..RolloutTurn::default() };
/// let first = turn(&[1, 2], &[3]);
/// assert_eq!(merge_rollouts(&[first, turn(&[1, 2, 3, 4], &[5])])?.rows, 1);
/// assert_eq!(merge_rollouts(&[first, turn(&[1, 2, 9, 4], &[5])])?.rows, 2);
/// # Ok::<(), openai_harmony::data::TooLarge>(())
/// ```
///
/// # Errors
/// [`TooLarge`] for more than 2^31 tokens.
pub fn merge_rollouts(turns: &[RolloutTurn<'_>]) -> Result<Table, TooLarge> {
    let mut samples: Vec<Sample> = Vec::new();
    let mut rollouts: HashMap<i64, Ends> = HashMap::new();
    for (index, turn) in turns.iter().enumerate() {
        let ends = rollouts.entry(turn.rollout).or_default();
        let (continued, hash) = ends.take_longest_prefix(turn.prompt, &samples);
        let at = continued.unwrap_or_else(|| {
            samples.push(Sample {
                rollout: turn.rollout,
                number: ends.samples,
                ..Sample::default()
            });
            ends.samples += 1;
            samples.len() - 1
        });
        let sample = &mut samples[at];
        sample.add(index, turn);
        sample.hash = turn.completion.iter().fold(hash, add_to_hash);
        ends.insert(at, sample);
    }
    table(&samples, turns.len(), |rollout| rollouts[&rollout].samples)
}

#[derive(Default)]
struct Sample {
    rollout: i64,
    number: usize,
    tokens: Vec<u32>,
    hash: u64,
    learned: Vec<u8>,
    logprobs: Vec<f32>,
    turns: Vec<usize>,
}

impl Sample {
    fn add(&mut self, index: usize, turn: &RolloutTurn<'_>) {
        self.tokens
            .extend_from_slice(&turn.prompt[self.tokens.len()..]);
        self.learned.resize(self.tokens.len(), 0);
        self.logprobs.resize(self.tokens.len(), 0.0);
        self.tokens.extend_from_slice(turn.completion);
        self.learned.resize(self.tokens.len(), 1);
        let logprobs = &turn.logprobs[..turn.logprobs.len().min(turn.completion.len())];
        self.logprobs.extend_from_slice(logprobs);
        self.logprobs.resize(self.tokens.len(), 0.0);
        self.turns.push(index);
    }
}

/// The samples of a rollout by length and hash. A prompt is compared only with samples of its own hash, so that many samples of one
/// length, or with a long beginning in common, do not take quadratic time.
#[derive(Default)]
struct Ends {
    by_length: BTreeMap<usize, HashMap<u64, BTreeSet<usize>>>,
    /// How many samples the rollout has.
    samples: usize,
}

impl Ends {
    fn insert(&mut self, at: usize, sample: &Sample) {
        let of_length = self.by_length.entry(sample.tokens.len()).or_default();
        of_length.entry(sample.hash).or_default().insert(at);
    }

    fn remove(&mut self, at: usize, sample: &Sample) {
        let Some(of_length) = self.by_length.get_mut(&sample.tokens.len()) else {
            return;
        };
        if let Some(equal) = of_length.get_mut(&sample.hash) {
            equal.remove(&at);
        }
    }

    /// Takes out the longest sample that the prompt begins with, of equal ones the first. Also returns the hash of the prompt.
    fn take_longest_prefix(&mut self, prompt: &[u32], samples: &[Sample]) -> (Option<usize>, u64) {
        let mut found = None;
        let (mut hash, mut hashed) = (0, 0);
        for (&length, of_length) in self.by_length.range(..=prompt.len()) {
            hash = prompt[hashed..length].iter().fold(hash, add_to_hash);
            hashed = length;
            let mut equal = of_length.get(&hash).into_iter().flatten();
            found = equal
                .find(|&&at| samples[at].tokens[..] == prompt[..length])
                .or(found);
        }
        let hash = prompt[hashed..].iter().fold(hash, add_to_hash);
        let found = found.copied();
        if let Some(at) = found {
            self.remove(at, &samples[at]);
        }
        (found, hash)
    }
}

fn add_to_hash(hash: u64, token: &u32) -> u64 {
    // An odd number whose bits look random: 2^64 divided by the golden ratio.
    (hash.rotate_left(5) ^ u64::from(*token)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn table(
    samples: &[Sample],
    turns: usize,
    count: impl Fn(i64) -> usize,
) -> Result<Table, TooLarge> {
    let tokens: usize = samples.iter().map(|sample| sample.tokens.len()).sum();
    offset(tokens)?;
    offset(turns)?;
    // Both fit into 31 bits, and so does the length of every list.
    let ids = |sample: &Sample| {
        sample
            .tokens
            .iter()
            .map(|&id| id as i32)
            .collect::<Vec<_>>()
    };
    let indices = |sample: &Sample| {
        sample
            .turns
            .iter()
            .map(|&turn| turn as i32)
            .collect::<Vec<_>>()
    };
    let each = |value: &dyn Fn(&Sample) -> i64| Column::Int64(samples.iter().map(value).collect());
    let mut statistics = Statistics {
        rows: turns,
        table_rows: samples.len(),
        ..Statistics::default()
    };
    for sample in samples {
        statistics.count_merged(&sample.learned);
    }
    let columns = [
        ("input_ids", lists(samples, ids, Column::Int32)?),
        (
            "loss_mask",
            lists(samples, |sample| sample.learned.clone(), Column::UInt8)?,
        ),
        (
            "logprobs",
            lists(samples, |sample| sample.logprobs.clone(), Column::Float32)?,
        ),
        ("turns", lists(samples, indices, Column::Int32)?),
        ("rollout", each(&|sample| sample.rollout)),
        ("sample", each(&|sample| sample.number as i64)),
        ("samples", each(&|sample| count(sample.rollout) as i64)),
    ];
    let columns = columns.map(|(name, column)| (name.to_owned(), column));
    Ok(Table::of_columns(
        samples.len(),
        columns.into(),
        Vec::new(),
        statistics,
    ))
}

fn lists<T>(
    samples: &[Sample],
    values: impl Fn(&Sample) -> Vec<T>,
    column: fn(Vec<T>) -> Column,
) -> Result<Column, TooLarge> {
    let mut items = Vec::new();
    let mut offsets = vec![0];
    for sample in samples {
        items.append(&mut values(sample));
        offsets.push(offset(items.len())?);
    }
    Ok(Column::List {
        offsets,
        items: Box::new(column(items)),
    })
}

#[cfg(test)]
mod tests {
    use super::{merge_rollouts, Column, RolloutTurn, Table};
    use proptest::prelude::*;

    /// Of each sample the ids, the mask and the turns.
    fn samples(table: &Table) -> Vec<(Vec<i32>, Vec<u8>, Vec<i32>)> {
        let list = |name| match table.column(name) {
            Some(Column::List { offsets, items }) => (offsets, &**items),
            _ => panic!("{name} is a column of lists"),
        };
        let (ends, Column::Int32(ids)) = list("input_ids") else {
            panic!("ids are integers");
        };
        let (_, Column::UInt8(mask)) = list("loss_mask") else {
            panic!("the mask is bytes");
        };
        let (turn_ends, Column::Int32(turns)) = list("turns") else {
            panic!("turns are integers");
        };
        let range = |ends: &[i32], row: usize| ends[row] as usize..ends[row + 1] as usize;
        (0..table.rows)
            .map(|row| {
                (
                    ids[range(ends, row)].to_vec(),
                    mask[range(ends, row)].to_vec(),
                    turns[range(turn_ends, row)].to_vec(),
                )
            })
            .collect()
    }

    /// What the documentation says, without regard for time.
    fn merged_slowly(turns: &[(i64, Vec<u32>, Vec<u32>)]) -> Vec<(Vec<i32>, Vec<u8>, Vec<i32>)> {
        let mut rollouts: Vec<i64> = Vec::new();
        let mut samples: Vec<(Vec<i32>, Vec<u8>, Vec<i32>)> = Vec::new();
        for (index, (rollout, prompt, completion)) in turns.iter().enumerate() {
            let signed = |ids: &[u32]| ids.iter().map(|&id| id as i32).collect::<Vec<_>>();
            let (prompt, completion) = (signed(prompt), signed(completion));
            let candidates = (0..samples.len())
                .filter(|&at| rollouts[at] == *rollout && prompt.starts_with(&samples[at].0));
            let longest = candidates.max_by_key(|&at| (samples[at].0.len(), usize::MAX - at));
            let at = longest.unwrap_or_else(|| {
                rollouts.push(*rollout);
                samples.push(Default::default());
                samples.len() - 1
            });
            let (ids, mask, indices) = &mut samples[at];
            *ids = [prompt, completion].concat();
            mask.resize(ids.len() - turns[index].2.len(), 0);
            mask.resize(ids.len(), 1);
            indices.push(index as i32);
        }
        samples
    }

    proptest! {
        #[test]
        fn turns_are_merged_as_the_documentation_says(
            // Few ids, and short lists: many prompts begin with other turns.
            turns in prop::collection::vec(
                (0i64..2, prop::collection::vec(0u32..2, 0..6), prop::collection::vec(0u32..2, 0..3)),
                0..12,
            ),
        ) {
            let given: Vec<RolloutTurn<'_>> = turns
                .iter()
                .map(|(rollout, prompt, completion)| RolloutTurn {
                    rollout: *rollout,
                    prompt,
                    completion,
                    logprobs: &[],
                })
                .collect();
            let table = merge_rollouts(&given).expect("few tokens");
            let sampled: usize = turns.iter().map(|turn| turn.2.len()).sum();
            prop_assert_eq!(table.statistics.learned, sampled);
            prop_assert_eq!(samples(&table), merged_slowly(&turns));
        }
    }

    #[test]
    fn of_equal_samples_the_first_is_continued() {
        let turn = |prompt, completion| RolloutTurn {
            prompt,
            completion,
            ..RolloutTurn::default()
        };
        // The third turn makes the first sample equal to the second one.
        let turns = [
            turn(&[], &[0]),
            turn(&[], &[0, 0]),
            turn(&[0], &[0]),
            turn(&[0, 0], &[1]),
        ];
        let table = merge_rollouts(&turns).expect("few tokens");
        let turns: Vec<_> = samples(&table).into_iter().map(|sample| sample.2).collect();
        assert_eq!(turns, [vec![0, 2, 3], vec![1]]);
    }

    /// Comparing each turn with each earlier one would be 31 billion comparisons.
    #[test]
    fn many_turns_of_one_length_are_compared_only_with_equal_ones() {
        let prompts: Vec<[u32; 2]> = (0..500)
            .flat_map(|a| (0..500).map(move |b| [a, b]))
            .collect();
        let turn = |prompt| RolloutTurn {
            prompt,
            ..RolloutTurn::default()
        };
        let turns: Vec<_> = prompts.iter().map(|prompt| turn(prompt)).collect();
        assert_eq!(merge_rollouts(&turns).expect("few tokens").rows, 250_000);
    }

    #[test]
    fn log_probabilities_stay_with_their_tokens() {
        let turn = |prompt, completion, logprobs| RolloutTurn {
            rollout: 7,
            prompt,
            completion,
            logprobs,
        };
        let turns = [
            turn(&[1, 2], &[3, 4], &[-0.5, -0.25]),
            turn(&[1, 2, 3, 4, 5], &[6], &[-1.0]),
        ];
        let table = merge_rollouts(&turns).expect("few tokens");
        let expected = Column::List {
            offsets: vec![0, 6],
            items: Box::new(Column::Float32(vec![0.0, 0.0, -0.5, -0.25, 0.0, -1.0])),
        };
        assert_eq!(table.column("logprobs"), Some(&expected));
        assert_eq!(table.column("rollout"), Some(&Column::Int64(vec![7])));
    }
}
