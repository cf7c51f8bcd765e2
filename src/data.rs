//! Data sets: rows of conversations to columns of token ids and masks, and rollouts back to columns of messages.
//!
//! ```text
//! JSON Lines, rows -> row -> conversation -> samples -> table        prepare
//! token ids -> messages -> table                                    parse_batch
//! turns of token ids -> samples -> table                            merge_rollouts
//! texts -> token ids -> column, and back                            encode_batch, decode_batch
//! ```
//!
//! A [`Recipe`] says how rows are read, rendered, cut and packed. A row that cannot be prepared is a [`RowFailure`] and never an
//! error of the whole. Nothing here knows files, Python or Arrow: a [`Table`] is plain vectors.
//!
//! ```
//! use openai_harmony::data::{prepare, Column, Recipe, Source};
//! use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};
//!
//! let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
//! let rows = br#"{"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}]}"#;
//! let table = prepare(&encoding, &Source::JsonLines(rows), &Recipe::default(), None, &|| false).unwrap();
//! assert_eq!(table.rows, 1);
//! assert!(matches!(table.column("input_ids"), Some(Column::List { .. })));
//! # Ok::<(), openai_harmony::HarmonyError>(())
//! ```

mod caches;
mod column;
mod failure;
mod form;
mod lines;
mod merge;
mod pack;
mod prepare;
mod recipe;
mod rollouts;
mod row;
mod sample;
mod shuffle;
mod statistics;
mod table;
mod texts;

pub use column::{Column, Texts, TooLarge};
pub use failure::RowFailure;
pub use form::Form;
pub use merge::{merge_rollouts, RolloutTurn};
pub use pack::{pack_plan, Bins, Packing, PackingStrategy};
pub use prepare::{detect_form, prepare, Interrupted, Row, Rows, Source};
pub use recipe::{ColumnName, Learn, LearnPolicy, Overflow, Recipe, Samples};
pub use rollouts::parse_batch;
pub use statistics::{ChannelTokens, Statistics};
pub use table::Table;
pub use texts::{decode_batch, encode_batch, BatchError, TextSource, TokenLists};
