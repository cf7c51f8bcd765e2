//! The message that is being read.

use serde::{Deserialize, Serialize};

use super::body::Body;
use super::item::{CallForm, Item, ItemKind};
use super::logprob::Waiting;
use super::note::{Note, NoteKind};
use super::ItemWriter;

/// The message that is being read.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(super) enum Open {
    Item(OpenItem),
    Ignored { note: Note },
}

#[derive(Serialize, Deserialize, Clone, Debug)]
pub(super) struct OpenItem {
    pub(super) item: Item,
    pub(super) body: Body,
    pub(super) is_thought: bool,
    /// Whether the writer has received it.
    pub(super) announced: bool,
    /// How many bytes of the text, and how many log-probabilities, the writer has.
    sent: usize,
    logprobs_sent: usize,
    /// How many bytes of text were sampled.
    pub(super) read: usize,
}

impl OpenItem {
    pub(super) fn new(kind: ItemKind, body: Body, is_thought: bool) -> Self {
        Self {
            item: Item::new(kind),
            body,
            is_thought,
            announced: false,
            sent: 0,
            logprobs_sent: 0,
            read: 0,
        }
    }

    pub(super) fn announce<W: ItemWriter>(&mut self, index: usize, writer: &mut W) {
        self.announced = true;
        writer.opened(index, &self.item);
    }

    /// Hands to the writer what it does not have yet.
    pub(super) fn flush<W: ItemWriter>(&mut self, index: usize, writer: &mut W) {
        let Some(delta) = self
            .item
            .text
            .get(self.sent..)
            .filter(|delta| !delta.is_empty())
        else {
            return;
        };
        if !self.announced {
            self.announced = true;
            writer.opened(index, &Item::new(self.item.kind.clone()));
        }
        writer.grown(
            index,
            &self.item,
            delta,
            self.item
                .logprobs
                .get(self.logprobs_sent..)
                .unwrap_or_default(),
        );
        self.sent = self.item.text.len();
        self.logprobs_sent = self.item.logprobs.len();
    }

    /// Takes the entries of the tokens whose last character is sent.
    pub(super) fn release_logprobs(&mut self, waiting: &mut Waiting) {
        if matches!(self.item.kind, ItemKind::Message(_)) {
            waiting.release(self.item.text.len(), &mut self.item.logprobs);
        } else {
            waiting.discard_text();
        }
    }

    pub(super) fn note(&self) -> Option<Note> {
        let ItemKind::Call {
            form: CallForm::Function,
            name,
        } = &self.item.kind
        else {
            return None;
        };
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&self.item.text).is_ok();
        (!is_json).then(|| Note {
            kind: NoteKind::InvalidArguments,
            choice: 0,
            name: name.clone(),
            text: self.item.text.clone(),
        })
    }
}
