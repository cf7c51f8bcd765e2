//! What the methods of a transcript have in common: each checks first, and changes the transcript when nothing can fail any more.

use std::sync::Arc;

use super::cache::Cache;
use super::entry::Entry;
use super::Transcript;
use crate::chat::Message;
use crate::encoding::render::context::{offers_functions, Context};
use crate::encoding::render::renderer::Renderer;
use crate::encoding::render::OpenMessage;
use crate::error::{RenderError, Result};

impl Transcript {
    fn renderer<'a>(&'a self, context: Context<'a>) -> Renderer<'a> {
        Renderer {
            tokenizer: self.encoding.tokenizer(),
            format: &self.format,
            context,
            known: None,
        }
    }

    /// The context of the next message.
    fn context(&self, has_function_tools: bool) -> Context<'_> {
        let are_placed = self.response_formats.is_empty() || self.history.holds_response_formats();
        Context {
            has_function_tools,
            owed_formats: if are_placed {
                &[]
            } else {
                &self.response_formats
            },
        }
    }

    /// Messages that come next, with their tokens.
    pub(super) fn render_all(
        &self,
        messages: Vec<Message>,
        has_function_tools: bool,
    ) -> Result<Vec<Entry>, RenderError> {
        let mut context = self.context(has_function_tools);
        let mut entries = Vec::with_capacity(messages.len());
        for (offset, message) in messages.into_iter().enumerate() {
            let index = self.history.entries().len() + offset;
            let entry = Entry::render(self.renderer(context), message)
                .map_err(|kind| RenderError { index, kind })?;
            context.advance(&entry.message);
            entries.push(entry);
        }
        Ok(entries)
    }

    /// The system messages, rendered again with the line on where calls of functions go.
    pub(super) fn system_messages_with_function_tools(
        &self,
    ) -> Result<Vec<(usize, Entry)>, RenderError> {
        let renderer = self.renderer(Context::alone(true));
        let mut corrections = Vec::new();
        for (index, entry) in self.history.entries().iter().enumerate() {
            if entry.depends_on_function_tools() {
                let corrected = Entry::render(renderer, entry.message.clone())
                    .map_err(|kind| RenderError { index, kind })?;
                if corrected.tokens != entry.tokens {
                    corrections.push((index, corrected));
                }
            }
        }
        Ok(corrections)
    }

    /// Puts other entries in the place of all. Those whose text depends on the others are written again.
    pub(super) fn rewrite(&mut self, mut entries: Vec<Arc<Entry>>) -> Result<()> {
        let has_function_tools = entries.iter().any(|entry| offers_functions(&entry.message));
        let mut context = Context {
            has_function_tools,
            owed_formats: &self.response_formats,
        };
        for (index, entry) in entries.iter_mut().enumerate() {
            if entry.depends_on_others() {
                let written = Entry::render(self.renderer(context), entry.message.clone())
                    .map_err(|kind| RenderError { index, kind })?;
                if written.tokens != entry.tokens {
                    *entry = Arc::new(written);
                }
            }
            context.advance(&entry.message);
        }
        self.close_prompt();
        self.has_function_tools = has_function_tools;
        if let Some(position) = self.history.replace_all(entries) {
            self.cache.invalidate_from(position);
        }
        Ok(())
    }

    /// Takes entries in; `cache` is what a server has of the tokens before and of theirs.
    pub(super) fn commit(
        &mut self,
        cache: Cache,
        entries: Vec<Entry>,
        corrections: Vec<(usize, Entry)>,
    ) {
        self.cache = cache;
        let is_nothing = entries.is_empty();
        let changed = self.history.commit(entries, corrections);
        // A completion without any message has left no trace.
        let forgotten = is_nothing.then(|| self.history.tokens().len());
        if let Some(position) = changed.or(forgotten) {
            self.cache.invalidate_from(position);
        }
    }

    /// Begins a message for a model to complete.
    pub(super) fn open_prompt(&mut self, open: OpenMessage) -> Result<(), RenderError> {
        let index = self.history.entries().len();
        let context = self.context(self.has_function_tools);
        context.finish()?;
        let mut opening = Vec::new();
        self.renderer(context)
            .open_message_into(&open, &mut opening)
            .map_err(|kind| RenderError { index, kind })?;
        self.history.begin(&opening);
        self.open = Some(open);
        self.prompt_stale_from = self.cache.stale_from();
        self.cache = Cache::of(self.history.tokens_and_opening().len());
        Ok(())
    }

    /// Takes back the beginning of a message that nobody completed.
    pub(super) fn close_prompt(&mut self) {
        if self.open.take().is_some() {
            self.history.begin(&[]);
            self.cache.invalidate_from(self.history.tokens().len());
        }
    }
}
