//! Completions back to messages, as columns.

use std::num::NonZeroUsize;

use super::column::{offset, Column, Texts, TooLarge};
use super::failure::Fault;
use super::prepare::Interrupted;
use super::statistics::Statistics;
use super::table::Table;
use super::texts::{ranges, TokenLists};
use crate::chat::{Content, Role};
use crate::encoding::{HarmonyEncoding, ParseOptions, Parsed, ParsedMessage, Ranges};
use crate::parallel;

/// Parses completions, one row of the table for each.
///
/// `role` is the role that the prompts ended in. The columns are `messages` (lists of records), `finish_reason`, `repairs` (lists of
/// records) and `channels` (lists of records: tokens by channel). A completion that cannot be parsed strictly is a failure, and its
/// lists are empty. Without a number of `threads`, as many work as the machine runs at once.
///
/// # Errors
/// As for [`prepare`](super::prepare).
pub fn parse_batch(
    encoding: &HarmonyEncoding,
    completions: &TokenLists,
    role: Option<Role>,
    options: ParseOptions,
    threads: Option<NonZeroUsize>,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Table, Interrupted> {
    let length = |index| completions.get(index).map_or(0, <[u32]>::len);
    let parts = parallel::map(ranges(completions.len(), length), threads, |range| {
        if stop() {
            return Err(Interrupted::Stopped);
        }
        let mut rollouts = Rollouts::default();
        for index in range {
            let tokens = completions.get(index).unwrap_or_default();
            rollouts.statistics.rows += 1;
            rollouts.statistics.tokens += tokens.len();
            match encoding.parse(tokens, role, options) {
                Ok(parsed) => rollouts.push(&parsed)?,
                Err(error) => {
                    rollouts.statistics.failed += 1;
                    rollouts.failures.push(Fault::from(error).at(index, None));
                    rollouts.push_nothing()?;
                }
            }
        }
        Ok(rollouts)
    });
    let mut all = Rollouts::default();
    for part in parts {
        all.append(part?)?;
    }
    Ok(all.into_table())
}

/// The columns of parsed completions.
#[derive(Default)]
struct Rollouts {
    messages: Lists<Messages>,
    finish_reasons: Texts,
    repairs: Lists<Repairs>,
    channels: Lists<Channels>,
    failures: Vec<super::failure::RowFailure>,
    statistics: Statistics,
}

impl Rollouts {
    fn push(&mut self, parsed: &Parsed) -> Result<(), TooLarge> {
        for message in &parsed.messages {
            self.messages.items.push(message)?;
        }
        for repair in &parsed.repairs {
            let Repairs { kind, start, end } = &mut self.repairs.items;
            kind.push(Some(repair.kind.as_str()))?;
            start.push(offset(repair.tokens.start)?);
            end.push(offset(repair.tokens.end)?);
        }
        for usage in parsed.usage() {
            let channels = &mut self.channels.items;
            channels.channel.push(usage.channel.as_deref())?;
            channels.content_tokens.push(offset(usage.content_tokens)?);
            channels.total_tokens.push(offset(usage.total_tokens)?);
        }
        self.finish_reasons
            .push(Some(parsed.finish_reason().as_str()))?;
        self.end_row()
    }

    fn push_nothing(&mut self) -> Result<(), TooLarge> {
        self.finish_reasons.push(None)?;
        self.end_row()
    }

    fn end_row(&mut self) -> Result<(), TooLarge> {
        self.messages.end(self.messages.items.start.len())?;
        self.repairs.end(self.repairs.items.start.len())?;
        self.channels.end(self.channels.items.total_tokens.len())
    }

    fn append(&mut self, mut next: Self) -> Result<(), TooLarge> {
        self.messages.append(&next.messages, Messages::append)?;
        self.repairs.append(&next.repairs, Repairs::append)?;
        self.channels.append(&next.channels, Channels::append)?;
        self.finish_reasons.append(&next.finish_reasons)?;
        self.failures.append(&mut next.failures);
        self.statistics.add(&next.statistics);
        Ok(())
    }

    fn into_table(mut self) -> Table {
        self.statistics.table_rows = self.finish_reasons.len();
        let rows = self.finish_reasons.len();
        let columns = vec![
            (
                "messages".to_owned(),
                self.messages.into_column(Messages::into_column),
            ),
            (
                "finish_reason".to_owned(),
                Column::Text(self.finish_reasons),
            ),
            (
                "repairs".to_owned(),
                self.repairs.into_column(Repairs::into_column),
            ),
            (
                "channels".to_owned(),
                self.channels.into_column(Channels::into_column),
            ),
        ];
        Table::of_columns(rows, columns, self.failures, self.statistics)
    }
}

/// A list for each row.
struct Lists<T> {
    offsets: Vec<i32>,
    items: T,
}

impl<T: Default> Default for Lists<T> {
    fn default() -> Self {
        Self {
            offsets: vec![0],
            items: T::default(),
        }
    }
}

impl<T> Lists<T> {
    fn end(&mut self, items: usize) -> Result<(), TooLarge> {
        self.offsets.push(offset(items)?);
        Ok(())
    }

    fn append(
        &mut self,
        next: &Self,
        append: fn(&mut T, &T) -> Result<(), TooLarge>,
    ) -> Result<(), TooLarge> {
        append(&mut self.items, &next.items)?;
        let start = self.offsets.last().copied().unwrap_or(0);
        for end in &next.offsets[1..] {
            self.offsets.push(start.checked_add(*end).ok_or(TooLarge)?);
        }
        Ok(())
    }

    fn into_column(self, column: fn(T) -> Column) -> Column {
        Column::List {
            offsets: self.offsets,
            items: Box::new(column(self.items)),
        }
    }
}

#[derive(Default)]
struct Messages {
    role: Texts,
    name: Texts,
    channel: Texts,
    recipient: Texts,
    content_type: Texts,
    content: Texts,
    start: Vec<i32>,
    end: Vec<i32>,
}

impl Messages {
    fn push(&mut self, parsed: &ParsedMessage) -> Result<(), TooLarge> {
        let message = &parsed.message;
        self.role.push(Some(message.author.role.as_str()))?;
        self.name.push(message.author.name.as_deref())?;
        self.channel.push(message.channel.as_deref())?;
        self.recipient.push(message.recipient.as_deref())?;
        self.content_type.push(message.content_type.as_deref())?;
        // A parser only makes text, and one content of it.
        let text = message.content.iter().find_map(|content| match content {
            Content::Text(text) => Some(text.text.as_str()),
            _ => None,
        });
        self.content.push(Some(text.unwrap_or_default()))?;
        let first = |ranges: &Ranges| ranges.first().map(|range| range.start);
        let last = |ranges: &Ranges| ranges.last().map(|range| range.end);
        let start = first(&parsed.header).or_else(|| first(&parsed.content));
        let end = last(&parsed.content).or_else(|| last(&parsed.header));
        self.start.push(offset(start.unwrap_or(0))?);
        self.end.push(offset(end.unwrap_or(0))?);
        Ok(())
    }

    fn append(&mut self, next: &Self) -> Result<(), TooLarge> {
        self.role.append(&next.role)?;
        self.name.append(&next.name)?;
        self.channel.append(&next.channel)?;
        self.recipient.append(&next.recipient)?;
        self.content_type.append(&next.content_type)?;
        self.content.append(&next.content)?;
        self.start.extend_from_slice(&next.start);
        self.end.extend_from_slice(&next.end);
        Ok(())
    }

    fn into_column(self) -> Column {
        record(
            self.start.len(),
            [
                ("role", Column::Text(self.role)),
                ("name", Column::Text(self.name)),
                ("channel", Column::Text(self.channel)),
                ("recipient", Column::Text(self.recipient)),
                ("content_type", Column::Text(self.content_type)),
                ("content", Column::Text(self.content)),
                ("start", Column::Int32(self.start)),
                ("end", Column::Int32(self.end)),
            ],
        )
    }
}

#[derive(Default)]
struct Repairs {
    kind: Texts,
    start: Vec<i32>,
    end: Vec<i32>,
}

impl Repairs {
    fn append(&mut self, next: &Self) -> Result<(), TooLarge> {
        self.start.extend_from_slice(&next.start);
        self.end.extend_from_slice(&next.end);
        self.kind.append(&next.kind)
    }

    fn into_column(self) -> Column {
        record(
            self.start.len(),
            [
                ("kind", Column::Text(self.kind)),
                ("start", Column::Int32(self.start)),
                ("end", Column::Int32(self.end)),
            ],
        )
    }
}

#[derive(Default)]
struct Channels {
    channel: Texts,
    content_tokens: Vec<i32>,
    total_tokens: Vec<i32>,
}

impl Channels {
    fn append(&mut self, next: &Self) -> Result<(), TooLarge> {
        self.content_tokens.extend_from_slice(&next.content_tokens);
        self.total_tokens.extend_from_slice(&next.total_tokens);
        self.channel.append(&next.channel)
    }

    fn into_column(self) -> Column {
        record(
            self.total_tokens.len(),
            [
                ("channel", Column::Text(self.channel)),
                ("content_tokens", Column::Int32(self.content_tokens)),
                ("total_tokens", Column::Int32(self.total_tokens)),
            ],
        )
    }
}

fn record<const N: usize>(len: usize, fields: [(&str, Column); N]) -> Column {
    let fields = fields.map(|(name, column)| (name.to_owned(), column));
    Column::Struct {
        len,
        fields: fields.into(),
    }
}
