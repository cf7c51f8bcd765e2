//! Rows to a table, on several threads.

use std::num::NonZeroUsize;

use serde_json::Value;

use super::caches::with_cache;
use super::column::TooLarge;
use super::failure::{Fault, RowFailure};
use super::form::Form;
use super::lines::{chunks, is_blank, Chunk};
use super::recipe::Recipe;
use super::row::{self, Conversation, Reader};
use super::sample::{SampleList, Sampler};
use super::shuffle::shuffle;
use super::statistics::Statistics;
use super::table::Table;
use crate::api::{Json, Tree};
use crate::chat::Message;
use crate::encoding::HarmonyEncoding;
use crate::parallel;

/// Rows as they come.
#[non_exhaustive]
pub enum Source<'a> {
    /// Lines of JSON, one for each row. Blank lines are skipped.
    JsonLines(&'a [u8]),
    /// Any other rows.
    Rows(&'a dyn Rows),
}

/// Rows that can be asked for one by one, from any thread.
pub trait Rows: Sync {
    /// The number of rows.
    fn count(&self) -> usize;

    /// The row at `index`, which is less than the count.
    fn row(&self, index: usize) -> Row<'_>;
}

/// A row.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Row<'a> {
    /// A JSON text.
    Json(&'a [u8]),
    /// A value of JSON.
    Value(Value),
    /// A conversation that is already read.
    Messages(&'a [Message]),
    /// What could not be read, and why.
    Unreadable(String),
}

/// Why there is no table.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Interrupted {
    /// The caller said so.
    #[error("interrupted")]
    Stopped,
    /// A column has no room for the values.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

/// How many rows are handed to a thread at once. 32 rows take about a millisecond.
const ROWS: usize = 32;

/// How many rows are looked at to find out the form.
const LOOKED_AT: usize = 1000;

/// Prepares rows.
///
/// Without a number of `threads`, as many work as the machine runs at once. `stop` is asked before each chunk of about 128 KiB,
/// on all threads.
///
/// # Errors
/// [`Interrupted::Stopped`] if `stop` says so, [`Interrupted::TooLarge`] for more than 2^31 tokens. Rows that cannot be prepared are
/// no error, but the failures of the table.
pub fn prepare(
    encoding: &HarmonyEncoding,
    source: &Source<'_>,
    recipe: &Recipe,
    threads: Option<NonZeroUsize>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Table, Interrupted> {
    let form = match recipe.form {
        Form::Auto => detect_form(source).unwrap_or(Form::Chat),
        form => form,
    };
    let preparer = Preparer {
        reader: Reader::new(recipe, form),
        encoding,
        recipe,
    };
    let work = |work: Work<'_>| (!stop()).then(|| with_cache(|| preparer.prepare(work)));
    let add = |all: &mut Option<Prepared>, piece: Option<Prepared>| match (all.as_mut(), piece) {
        (Some(all), Some(piece)) => all.append(piece),
        _ => *all = None,
    };
    let none = Some(Prepared::default());
    let prepared = match source {
        Source::JsonLines(bytes) => {
            parallel::fold(chunks(bytes).map(Work::Lines), threads, work, none, add)
        }
        Source::Rows(rows) => {
            let starts = (0..rows.count()).step_by(ROWS);
            let groups = starts.map(|start| Work::Rows(*rows, start));
            parallel::fold(groups, threads, work, none, add)
        }
    };
    let mut all = prepared.ok_or(Interrupted::Stopped)?;
    if let Some(seed) = recipe.seed {
        shuffle(&mut all.samples.samples, seed);
    }
    Ok(Table::of(
        all.samples,
        recipe,
        all.failures,
        all.statistics,
    )?)
}

/// The form of the rows: that of the first of the first 1,000 rows that says which it has, `None` if none of them does.
///
/// A row says it with a key or a type of content that only one form has, such as `channel` or `tool_calls`. For a data set in
/// several parts, ask once and put the answer into the recipe.
pub fn detect_form(source: &Source<'_>) -> Option<Form> {
    let of_json = |line: &[u8]| {
        let row: Tree = serde_json::from_str(row::text(line).ok()?).ok()?;
        Form::of(Json::from(&row))
    };
    match source {
        Source::JsonLines(bytes) => {
            let lines = chunks(bytes).flat_map(Chunk::lines);
            let rows = lines.filter(|(_, line)| !is_blank(line)).take(LOOKED_AT);
            rows.into_iter().find_map(|(_, line)| of_json(line))
        }
        Source::Rows(rows) => {
            let rows = (0..rows.count().min(LOOKED_AT)).map(|index| rows.row(index));
            rows.into_iter().find_map(|row| match row {
                Row::Json(text) => of_json(text),
                Row::Value(value) => Form::of(Json::from(&value)),
                Row::Messages(_) => Some(Form::Harmony),
                Row::Unreadable(_) => None,
            })
        }
    }
}

/// What one thread does at once.
enum Work<'a> {
    Lines(Chunk<'a>),
    /// The rows from an index on.
    Rows(&'a dyn Rows, usize),
}

/// What came of it. Indices of rows are those in the piece of work, until it is appended.
#[derive(Default)]
struct Prepared {
    /// How many rows or lines the work has.
    count: usize,
    samples: SampleList,
    failures: Vec<RowFailure>,
    statistics: Statistics,
}

impl Prepared {
    /// Adds the row that comes next.
    fn add(
        &mut self,
        sampler: &Sampler<'_>,
        offset: Option<usize>,
        conversation: Result<Conversation, Fault>,
    ) {
        let row = self.count;
        let (samples, statistics) = (&mut self.samples, &mut self.statistics);
        statistics.rows += 1;
        let added = conversation
            .and_then(|conversation| sampler.samples(row, &conversation, samples, statistics));
        if let Err(fault) = added {
            statistics.failed += 1;
            self.failures.push(fault.at(row, offset));
        }
    }

    fn append(&mut self, mut next: Self) {
        for failure in &mut next.failures {
            failure.row += self.count;
        }
        self.samples.append(next.samples, self.count);
        self.count += next.count;
        self.failures.append(&mut next.failures);
        self.statistics.add(&next.statistics);
    }
}

struct Preparer<'r> {
    reader: Reader<'r>,
    encoding: &'r HarmonyEncoding,
    recipe: &'r Recipe,
}

impl Preparer<'_> {
    fn prepare(&self, work: Work<'_>) -> Prepared {
        let sampler = Sampler::new(self.encoding, self.recipe);
        let mut prepared = Prepared::default();
        match work {
            Work::Lines(chunk) => {
                prepared.samples.reserve_for(chunk.bytes.len());
                for (offset, line) in chunk.lines() {
                    if !is_blank(line) {
                        prepared.add(&sampler, Some(offset), self.reader.json(line));
                    }
                    prepared.count += 1;
                }
            }
            Work::Rows(rows, start) => {
                for index in start..rows.count().min(start + ROWS) {
                    let conversation = match rows.row(index) {
                        Row::Json(text) => self.reader.json(text),
                        Row::Value(value) => self.reader.value(value),
                        Row::Messages(messages) => Ok(self.reader.messages(messages)),
                        Row::Unreadable(reason) => {
                            Err(Fault::new("row.invalid_conversation", reason))
                        }
                    };
                    prepared.add(&sampler, None, conversation);
                    prepared.count += 1;
                }
            }
        }
        prepared
    }
}
