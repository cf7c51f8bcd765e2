//! Items to events.

use serde::{Deserialize, Serialize};
use serde_json::{json, Map, Value};

use super::event::{EventBody, ResponseEvent, ResponseEventSink, TextDelta, TextKind};
use super::item::{object, part, place, Context, Issued, Run};
use crate::api::logprob::content_logprobs;
use crate::api::turn::{HostedTool, Item, ItemKind, ItemWriter, Status, TokenLogprob};
use crate::api::Host;

/// What the client has been sent.
#[derive(Serialize, Deserialize, Clone, Debug, Default)]
pub(super) struct Sent {
    /// The number of the next event.
    sequence_number: u64,
    /// One for each item.
    pub issued: Vec<Issued>,
    /// The call that waits for the output of its tool.
    pub pending: Option<Pending>,
    /// How many calls of hosted tools there were.
    hosted_calls: usize,
}

/// A call of a hosted tool that is complete, but has not been run.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(super) struct Pending {
    pub index: usize,
    pub item: Item,
}

/// Writes events.
pub(super) struct Writer<'a, H, S> {
    pub context: Context<'a>,
    pub max_tool_calls: Option<usize>,
    pub sent: &'a mut Sent,
    pub host: &'a mut H,
    pub sink: &'a mut S,
}

impl<H: Host, S: ResponseEventSink> ItemWriter for Writer<'_, H, S> {
    fn opened(&mut self, index: usize, item: &Item) {
        // The model went on although a tool had to be run.
        self.settle(Run::skipped());
        let id = self.host.id(item.kind.id_prefix());
        let call_id = item.is_call().then(|| self.host.id("call_"));
        let container_id = self.container_id(&item.kind);
        self.sent.issued.push(Issued {
            id,
            call_id,
            container_id,
            ..Issued::default()
        });
        if item.kind.text_kind().is_some() {
            self.add(index, item);
        }
    }

    fn grown(&mut self, index: usize, item: &Item, delta: &str, logprobs: &[TokenLogprob]) {
        let Some(kind) = item.kind.text_kind() else {
            return;
        };
        let logprobs = self.logprobs(logprobs);
        let Some(issued) = self.sent.issued.get(index) else {
            return;
        };
        self.sink.event(&ResponseEvent {
            sequence_number: self.sent.sequence_number,
            body: EventBody::Delta(TextDelta {
                kind,
                item_id: &issued.id,
                output_index: index,
                delta,
                logprobs,
            }),
        });
        self.sent.sequence_number = self.sent.sequence_number.saturating_add(1);
    }

    fn closed(&mut self, index: usize, item: &Item) {
        match item.kind.text_kind() {
            Some(kind) => self.write_text_done(index, item, kind),
            None => self.add(index, item),
        }
        if !matches!(item.kind, ItemKind::HostedCall(_)) {
            return self.write_item_done(index, item, item.status);
        }
        self.sent.pending = Some(Pending {
            index,
            item: item.clone(),
        });
        let within_limit = self
            .max_tool_calls
            .is_none_or(|max| self.sent.hosted_calls < max);
        if item.status != Status::Completed || !within_limit {
            return self.settle(Run::skipped());
        }
        self.sent.hosted_calls = self.sent.hosted_calls.saturating_add(1);
        if let Some(running) = item.kind.events().and_then(|events| events.running) {
            self.write_about(running, index, []);
        }
    }
}

impl<H: Host, S: ResponseEventSink> Writer<'_, H, S> {
    /// Closes the call that waits for its tool, if there is one.
    pub fn settle(&mut self, run: Run) {
        let Some(Pending { index, item }) = self.sent.pending.take() else {
            return;
        };
        let status = run.status;
        if let Some(issued) = self.sent.issued.get_mut(index) {
            issued.run = Some(run);
        }
        let name = item.kind.events().and_then(|events| match status {
            Status::Completed => Some(events.completed),
            Status::Failed => events.failed,
            Status::InProgress | Status::Incomplete => None,
        });
        if let Some(name) = name {
            self.write_about(name, index, []);
        }
        self.write_item_done(index, &item, status);
    }

    /// Writes an event that holds the whole response.
    pub fn write_response(&mut self, name: &'static str, response: Value) {
        self.write(
            name,
            [("response", response)]
                .map(|(name, value)| (name.to_owned(), value))
                .into_iter()
                .collect(),
        );
    }

    fn add(&mut self, index: usize, item: &Item) {
        let Some(issued) = self.sent.issued.get_mut(index) else {
            return;
        };
        issued.added = true;
        let object = object(item, issued, Status::InProgress, self.context);
        self.write_item("response.output_item.added", index, object);
        match item.kind.text_kind() {
            Some(kind) if kind.is_part() => {
                let part = part(item, "", self.context);
                self.write_about(
                    "response.content_part.added",
                    index,
                    [("content_index", json!(0)), ("part", part)],
                );
            }
            _ => {}
        }
        if let Some(events) = item.kind.events() {
            self.write_about(events.in_progress, index, []);
        }
    }

    fn write_text_done(&mut self, index: usize, item: &Item, kind: TextKind) {
        let text = json!(item.text);
        let (name, field) = (kind.done_event(), kind.field());
        match kind {
            TextKind::OutputText | TextKind::ReasoningText => {
                let mut fields = vec![("content_index", json!(0)), (field, text)];
                if kind == TextKind::OutputText {
                    fields.push(("logprobs", json!(self.logprobs(&item.logprobs))));
                }
                self.write_about(name, index, fields);
                let part = part(item, &item.text, self.context);
                self.write_about(
                    "response.content_part.done",
                    index,
                    [("content_index", json!(0)), ("part", part)],
                );
            }
            TextKind::FunctionArguments => {
                let called = match &item.kind {
                    ItemKind::Call { name, .. } => json!(name),
                    _ => Value::Null,
                };
                self.write_about(name, index, [("name", called), (field, text)]);
            }
            TextKind::CustomInput | TextKind::McpArguments | TextKind::Code => {
                self.write_about(name, index, [(field, text)]);
            }
        }
    }

    fn write_item_done(&mut self, index: usize, item: &Item, status: Status) {
        let sealed = (item.kind == ItemKind::Reasoning && self.context.include.encrypted_reasoning)
            .then(|| self.host.seal(&item.text));
        let Some(issued) = self.sent.issued.get_mut(index) else {
            return;
        };
        issued.sealed = sealed;
        let object = object(item, issued, status, self.context);
        self.write_item("response.output_item.done", index, object);
    }

    fn write_item(&mut self, name: &'static str, index: usize, item: Value) {
        let mut fields = Map::new();
        fields.insert("output_index".into(), index.into());
        fields.insert("item".into(), item);
        self.write(name, fields);
    }

    /// Writes an event about an item, with the given fields.
    fn write_about(
        &mut self,
        name: &'static str,
        index: usize,
        more: impl IntoIterator<Item = (&'static str, Value)>,
    ) {
        let Some(issued) = self.sent.issued.get(index) else {
            return;
        };
        let mut fields = place(issued, index);
        fields.extend(
            more.into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
        self.write(name, fields);
    }

    fn write(&mut self, name: &'static str, fields: Map<String, Value>) {
        self.sink.event(&ResponseEvent {
            sequence_number: self.sent.sequence_number,
            body: EventBody::Other { name, fields },
        });
        self.sent.sequence_number = self.sent.sequence_number.saturating_add(1);
    }

    fn logprobs(&self, entries: &[TokenLogprob]) -> Vec<crate::api::ContentLogprob> {
        match self.context.plan.top_logprobs {
            Some(top) if self.context.include.logprobs => {
                content_logprobs(self.context.tokenizer, entries, top)
            }
            _ => Vec::new(),
        }
    }

    fn container_id(&mut self, kind: &ItemKind) -> Option<String> {
        let ItemKind::HostedCall(HostedTool::CodeInterpreter) = kind else {
            return None;
        };
        let declared = self.context.plan.tools.code_interpreter.as_ref();
        let used = || {
            self.sent
                .issued
                .iter()
                // From the end: the last call of the code interpreter has it, and only what came since is looked at.
                .rev()
                .find_map(|issued| issued.container_id.clone())
        };
        let known = declared
            .and_then(|tool| tool.container_id.clone())
            .or_else(used);
        Some(known.unwrap_or_else(|| self.host.id("cntr_")))
    }
}
