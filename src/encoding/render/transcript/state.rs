//! A transcript as data, so that it can be stored and sent.

use std::sync::Arc;

use serde::de::Error;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::cache::Cache;
use super::entry::Entry;
use super::Transcript;
use crate::encoding::render::context::offers_functions;
use crate::encoding::render::{OpenMessage, RenderFormat, ResponseFormat};
use crate::encoding::HarmonyEncoding;

impl Serialize for Transcript {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries: Vec<&Entry> = self
            .history
            .entries()
            .iter()
            .map(|entry| &**entry)
            .collect();
        let mut record = serializer.serialize_struct("Transcript", 7)?;
        record.serialize_field("encoding", &self.encoding)?;
        record.serialize_field("format", &self.format)?;
        record.serialize_field("response_formats", &self.response_formats)?;
        record.serialize_field("entries", &entries)?;
        record.serialize_field("open", &self.open)?;
        record.serialize_field("cache", &self.cache)?;
        record.serialize_field("prompt_stale_from", &self.prompt_stale_from)?;
        record.end()
    }
}

#[derive(Deserialize)]
struct Record {
    encoding: HarmonyEncoding,
    format: RenderFormat,
    response_formats: Vec<ResponseFormat>,
    entries: Vec<Entry>,
    open: Option<OpenMessage>,
    cache: Cache,
    prompt_stale_from: Option<usize>,
}

impl<'de> Deserialize<'de> for Transcript {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let record = Record::deserialize(deserializer)?;
        if !record.entries.iter().all(Entry::is_consistent) {
            return Err(D::Error::custom(
                "a message's parts lie outside of its tokens",
            ));
        }
        let mut transcript =
            Self::with_response_formats(record.encoding, record.format, record.response_formats);
        transcript.has_function_tools = record
            .entries
            .iter()
            .any(|entry| offers_functions(&entry.message));
        transcript.history.commit(record.entries, Vec::new());
        if let Some(open) = record.open {
            transcript.open_prompt(open).map_err(D::Error::custom)?;
        }
        transcript.cache = record.cache;
        transcript.prompt_stale_from = record.prompt_stale_from;
        Ok(transcript)
    }
}

/// Transcripts are equal if they hold the same and will continue in the same way.
impl PartialEq for Transcript {
    fn eq(&self, other: &Self) -> bool {
        let same = |(one, two): (&Arc<Entry>, &Arc<Entry>)| Arc::ptr_eq(one, two) || one == two;
        let (entries, others) = (self.history.entries(), other.history.entries());
        self.encoding.name() == other.encoding.name()
            && self.format == other.format
            && self.response_formats == other.response_formats
            && self.open == other.open
            && entries.len() == others.len()
            && entries.iter().zip(others).all(same)
    }
}
