//! Samples to columns.

use std::mem::take;
use std::ops::Range;

use super::column::{offset, Column, Texts, TooLarge};
use super::failure::RowFailure;
use super::pack::{pack_plan, Bins};
use super::recipe::{ColumnName, Recipe};
use super::sample::{Sample, SampleList};
use super::statistics::Statistics;

/// Columns of equal length, what could not be prepared, and what was counted.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Table {
    /// The number of rows.
    pub rows: usize,
    /// The columns with their names, in the order of the recipe.
    pub columns: Vec<(String, Column)>,
    /// The rows of the source that failed, in their order.
    pub failures: Vec<RowFailure>,
    /// What was counted.
    pub statistics: Statistics,
}

impl Table {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        let mut columns = self.columns.iter();
        columns
            .find(|(own, _)| own == name)
            .map(|(_, column)| column)
    }

    /// Counts the rows of the source from `first` on, where they are a part of something: in the failures and in the column
    /// `conversation`.
    pub fn number_rows_from(&mut self, first: usize) {
        for failure in &mut self.failures {
            failure.row += first;
        }
        let name = ColumnName::Conversation.as_str();
        let mut columns = self.columns.iter_mut();
        // A column to carry along may have this name, too, but it has texts.
        let column = columns.find(|(own, _)| own == name);
        let indices = match column.map(|(_, column)| column) {
            Some(Column::Int64(indices)) => indices,
            Some(Column::List { items, .. }) => match &mut **items {
                Column::Int64(indices) => indices,
                _ => return,
            },
            _ => return,
        };
        for index in indices {
            *index += first as i64;
        }
    }

    /// A table of columns that have so many rows.
    pub(super) fn of_columns(
        rows: usize,
        columns: Vec<(String, Column)>,
        failures: Vec<RowFailure>,
        statistics: Statistics,
    ) -> Self {
        Self {
            rows,
            columns,
            failures,
            statistics,
        }
    }

    /// The table of samples, packed as the recipe says.
    pub(super) fn of(
        samples: SampleList,
        recipe: &Recipe,
        failures: Vec<RowFailure>,
        mut statistics: Statistics,
    ) -> Result<Self, TooLarge> {
        let mut rows = Rows::of(samples, recipe);
        statistics.table_rows = rows.bins.len();
        statistics.padding = rows.padding.iter().sum();
        let mut columns = Vec::with_capacity(recipe.columns.len() + recipe.keep.len());
        for &name in &recipe.columns {
            let column = match rows.can_move(name, recipe) {
                // Set below: labels are made of the same values.
                true => Column::Int32(Vec::new()),
                false => rows.column(name)?,
            };
            columns.push((name.as_str().to_owned(), column));
        }
        for (&name, (_, column)) in recipe.columns.iter().zip(&mut columns) {
            if rows.can_move(name, recipe) {
                *column = rows.moved(name)?;
            }
        }
        for (index, name) in recipe.keep.iter().enumerate() {
            columns.push((name.clone(), rows.kept(index)?));
        }
        Ok(Self {
            rows: rows.bins.len(),
            columns,
            failures,
            statistics,
        })
    }
}

/// The id that rows are padded with, `<|endoftext|>`.
const PADDING: i32 = 199_999;

/// What losses of PyTorch ignore.
const IGNORED: i32 = -100;

/// Which samples are in which row.
struct Rows {
    list: SampleList,
    bins: Bins,
    /// How many tokens of padding each row ends with; empty if none has any.
    padding: Vec<usize>,
    is_packed: bool,
}

impl Rows {
    fn of(list: SampleList, recipe: &Recipe) -> Self {
        let lengths = list.samples.iter().map(|sample| sample.tokens.len());
        let Some(packing) = &recipe.pack else {
            return Self {
                bins: Bins::single(list.len()),
                list,
                padding: Vec::new(),
                is_packed: false,
            };
        };
        let lengths: Vec<usize> = lengths.collect();
        let bins = pack_plan(&lengths, packing);
        let padding = packing.pad_to.map_or_else(Vec::new, |multiple| {
            bins.iter()
                .map(|bin| bin.iter().map(|&item| lengths[item]).sum::<usize>())
                .map(|length| length.next_multiple_of(multiple.get()) - length)
                .collect()
        });
        Self {
            list,
            bins,
            padding,
            is_packed: true,
        }
    }

    fn column(&self, name: ColumnName) -> Result<Column, TooLarge> {
        match name {
            ColumnName::InputIds => self.copied(Column::Int32, PADDING, &self.list.ids),
            ColumnName::LossMask => self.copied(Column::UInt8, 0, &self.list.learned),
            ColumnName::LossWeights => self.copied(Column::Float32, 0.0, &self.list.weights),
            ColumnName::Labels => self.tokens(Column::Int32, IGNORED, |tokens, labels| {
                let SampleList { ids, learned, .. } = &self.list;
                let label = |(&id, &on)| if on == 1 { id } else { IGNORED };
                labels.extend(ids[tokens.clone()].iter().zip(&learned[tokens]).map(label));
            }),
            ColumnName::PositionIds => self.positions(),
            ColumnName::Message => self.copied(Column::Int32, -1, &self.list.messages),
            ColumnName::SeqLengths => self.lengths(),
            ColumnName::Conversation => {
                self.each(Column::Int64, |sample| sample.conversation as i64)
            }
            ColumnName::Sample => self.each(Column::Int64, |sample| sample.number as i64),
            ColumnName::Samples => self.each(Column::Int64, |sample| sample.count as i64),
        }
    }

    /// Whether the values of all samples are the column as they are, and nothing else is made of them later.
    fn can_move(&self, name: ColumnName, recipe: &Recipe) -> bool {
        let is_values = matches!(name, ColumnName::InputIds | ColumnName::LossMask);
        let is_in_order = !self.is_packed && recipe.seed.is_none();
        let mut same = recipe.columns.iter().filter(|&&other| other == name);
        is_values && is_in_order && same.nth(1).is_none()
    }

    /// A column of values that can be moved, which are no longer here then.
    fn moved(&mut self, name: ColumnName) -> Result<Column, TooLarge> {
        let samples = self.list.samples.iter();
        let ends = samples.map(|sample| offset(sample.tokens.end));
        let offsets = std::iter::once(Ok(0))
            .chain(ends)
            .collect::<Result<_, _>>()?;
        Ok(list(
            offsets,
            match name {
                ColumnName::InputIds => Column::Int32(fitting(take(&mut self.list.ids))),
                _ => Column::UInt8(fitting(take(&mut self.list.learned))),
            },
        ))
    }

    /// A list for each row: of these values those of all its samples, then padding.
    fn copied<T: Copy>(
        &self,
        column: fn(Vec<T>) -> Column,
        padding: T,
        values: &[T],
    ) -> Result<Column, TooLarge> {
        self.tokens(column, padding, |tokens, found| {
            found.extend_from_slice(&values[tokens]);
        })
    }

    /// A list for each row: what is appended for the tokens of each of its samples, then padding.
    fn tokens<T: Copy>(
        &self,
        column: fn(Vec<T>) -> Column,
        padding: T,
        append: impl Fn(Range<usize>, &mut Vec<T>),
    ) -> Result<Column, TooLarge> {
        let samples = self.list.samples.iter();
        let tokens: usize = samples.map(|sample| sample.tokens.len()).sum();
        let mut values = Vec::with_capacity(tokens + self.padding.iter().sum::<usize>());
        let mut offsets = Vec::with_capacity(self.bins.len() + 1);
        offsets.push(0);
        for (row, bin) in self.bins.iter().enumerate() {
            for &item in bin {
                append(self.list.samples[item].tokens.clone(), &mut values);
            }
            values.resize(values.len() + self.padding(row), padding);
            offsets.push(offset(values.len())?);
        }
        Ok(list(offsets, column(values)))
    }

    fn padding(&self, row: usize) -> usize {
        self.padding.get(row).copied().unwrap_or(0)
    }

    /// Positions from 0 in each sample, and in the padding.
    fn positions(&self) -> Result<Column, TooLarge> {
        self.runs(|lengths, values| {
            for length in lengths {
                values.extend(0..length);
            }
        })
    }

    /// The lengths of the samples of each row, and that of its padding.
    fn lengths(&self) -> Result<Column, TooLarge> {
        self.runs(|lengths, values| values.extend(lengths))
    }

    /// A list for each row, made of the lengths of its samples and of its padding.
    fn runs(
        &self,
        append: impl Fn(&mut dyn Iterator<Item = i32>, &mut Vec<i32>),
    ) -> Result<Column, TooLarge> {
        let mut values = Vec::new();
        let mut offsets = vec![0];
        for (row, bin) in self.bins.iter().enumerate() {
            let lengths = bin.iter().map(|&item| self.list.samples[item].tokens.len());
            let padding = Some(self.padding(row)).filter(|&padding| padding > 0);
            let lengths: Vec<i32> = lengths
                .chain(padding)
                .map(offset)
                .collect::<Result<_, _>>()?;
            append(&mut lengths.into_iter(), &mut values);
            offsets.push(offset(values.len())?);
        }
        Ok(list(offsets, Column::Int32(values)))
    }

    /// One value for each sample.
    fn each<T>(
        &self,
        column: fn(Vec<T>) -> Column,
        value: impl Fn(&Sample) -> T,
    ) -> Result<Column, TooLarge> {
        let items = self.bins.items.iter();
        self.of_samples(column(
            items.map(|&item| value(&self.list.samples[item])).collect(),
        ))
    }

    /// The values of a column of the source, one for each sample.
    fn kept(&self, index: usize) -> Result<Column, TooLarge> {
        let mut texts = Texts::default();
        for &item in &self.bins.items {
            let kept = self.list.samples[item].kept.as_deref();
            texts.push(kept.and_then(|kept| kept.get(index)?.as_deref()))?;
        }
        self.of_samples(Column::Text(texts))
    }

    /// A column of one value for each sample: as it is, or in packed rows as lists.
    fn of_samples(&self, values: Column) -> Result<Column, TooLarge> {
        if !self.is_packed {
            return Ok(values);
        }
        let offsets = self.bins.offsets.iter().map(|&end| offset(end));
        Ok(list(offsets.collect::<Result<_, _>>()?, values))
    }
}

/// Values without the room that they grew into.
fn fitting<T>(mut values: Vec<T>) -> Vec<T> {
    values.shrink_to_fit();
    values
}

fn list(offsets: Vec<i32>, items: Column) -> Column {
    Column::List {
        offsets,
        items: Box::new(items),
    }
}
