//! One choice of a completion.

use serde::{Deserialize, Serialize};
use serde_json::{json, Map, Value};

use super::chunk::{
    ChatFinishReason, ChoiceDelta, Chunk, ChunkBody, ChunkSink, Delta, Envelope, Logprobs,
};
use crate::api::logprob::{content_logprobs, ContentLogprob};
use crate::api::turn::{EngineFinishReason, Item, ItemKind, ItemWriter, TokenLogprob, Turn};
use crate::api::{ChatPlan, Host, Plan};
use crate::tokenizer::Tokenizer;

/// A choice: its turn, and what the client has been sent of it.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(super) struct Choice {
    pub turn: Turn,
    pub sent: Sent,
}

/// What the client has been sent of a choice.
#[derive(Serialize, Deserialize, Clone, Debug, Default)]
pub(super) struct Sent {
    pub index: usize,
    /// Whether there was any content, any reasoning.
    content: bool,
    reasoning: bool,
    /// The id of each call.
    call_ids: Vec<String>,
    pub finish_reason: Option<ChatFinishReason>,
}

/// What a writer needs besides the items.
pub(super) struct Context<'a> {
    pub plan: &'a Plan,
    pub chat: &'a ChatPlan,
    pub envelope: &'a Envelope,
    pub tokenizer: &'static Tokenizer,
}

impl Context<'_> {
    /// The log-probabilities of content, if the request asks for them.
    fn logprobs(&self, entries: &[TokenLogprob]) -> Option<Vec<ContentLogprob>> {
        let top = self.plan.top_logprobs?;
        (!entries.is_empty()).then(|| content_logprobs(self.tokenizer, entries, top))
    }
}

/// Writes the chunks of one choice.
pub(super) struct ChoiceWriter<'a, H, S> {
    pub context: &'a Context<'a>,
    pub sent: &'a mut Sent,
    pub host: &'a mut H,
    pub sink: &'a mut S,
}

impl<H: Host, S: ChunkSink> ItemWriter for ChoiceWriter<'_, H, S> {
    fn opened(&mut self, _: usize, item: &Item) {
        if let ItemKind::Call { form, name } = &item.kind {
            let id = self.host.id("call_");
            let index = self.sent.call_ids.len();
            let form = *form;
            self.write(
                Delta::CallOpened {
                    index,
                    id: &id,
                    form,
                    name,
                },
                None,
            );
            self.sent.call_ids.push(id);
        }
    }

    fn grown(&mut self, _: usize, item: &Item, delta: &str, logprobs: &[TokenLogprob]) {
        let is_first = delta.len() == item.text.len();
        match &item.kind {
            ItemKind::Message(_) => {
                let text = joined(is_first && self.sent.content, delta);
                self.sent.content = true;
                self.write(Delta::Content(&text), self.context.logprobs(logprobs));
            }
            ItemKind::Reasoning | ItemKind::HostedCall(_)
                if self.context.chat.include_reasoning =>
            {
                let text = joined(is_first && self.sent.reasoning, delta);
                self.sent.reasoning = true;
                let field = self.context.chat.reasoning_field;
                self.write(Delta::Reasoning { field, text: &text }, None);
            }
            ItemKind::Reasoning | ItemKind::HostedCall(_) => {}
            ItemKind::Call { form, .. } => {
                // OK because `opened` has pushed the id of this call.
                let index = self.sent.call_ids.len().saturating_sub(1);
                let form = *form;
                self.write(
                    Delta::CallGrown {
                        index,
                        form,
                        text: delta,
                    },
                    None,
                );
            }
        }
    }

    fn closed(&mut self, _: usize, _: &Item) {}
}

impl<H, S: ChunkSink> ChoiceWriter<'_, H, S> {
    fn write(&mut self, delta: Delta<'_>, logprobs: Option<Vec<ContentLogprob>>) {
        self.sink.chunk(&Chunk {
            envelope: self.context.envelope,
            body: ChunkBody::Choice(ChoiceDelta {
                index: self.sent.index,
                delta,
                logprobs,
                finish_reason: None,
            }),
        });
    }
}

/// Text with the line break that separates it from the message before.
fn joined(is_later: bool, text: &str) -> std::borrow::Cow<'_, str> {
    match is_later {
        true => format!("\n{text}").into(),
        false => text.into(),
    }
}

impl Choice {
    pub fn new(index: usize, turn: Turn) -> Self {
        let sent = Sent {
            index,
            ..Sent::default()
        };
        Self { turn, sent }
    }

    /// Why the choice ends. `at_end`: whether the model had reached its end.
    pub fn finish_reason(
        &self,
        plan: &Plan,
        engine: Option<EngineFinishReason>,
        at_end: bool,
    ) -> ChatFinishReason {
        if self.turn.is_stopped() {
            return ChatFinishReason::Stop;
        }
        match engine {
            Some(EngineFinishReason::Length) => return ChatFinishReason::Length,
            Some(EngineFinishReason::ContentFilter) => return ChatFinishReason::ContentFilter,
            Some(EngineFinishReason::Stop) => {}
            Some(EngineFinishReason::Abort) | None if at_end => {}
            Some(EngineFinishReason::Abort) | None => return ChatFinishReason::Length,
        }
        match !self.sent.call_ids.is_empty() && !plan.tool_choice.is_named() {
            true => ChatFinishReason::ToolCalls,
            false => ChatFinishReason::Stop,
        }
    }

    /// The choice as the completion shows it.
    pub fn object(&self, context: &Context<'_>) -> Value {
        let logprobs: Vec<TokenLogprob> = self
            .turn
            .items()
            .filter(|item| matches!(item.kind, ItemKind::Message(_)))
            .flat_map(|item| item.logprobs.iter().cloned())
            .collect();
        json!({
            "index": self.sent.index,
            "message": self.message(context),
            "logprobs": context.logprobs(&logprobs).as_deref().map(Logprobs),
            "finish_reason": self.sent.finish_reason,
        })
    }

    fn message(&self, context: &Context<'_>) -> Map<String, Value> {
        let content = self.text_of(|kind| matches!(kind, ItemKind::Message(_)));
        let reasoning =
            self.text_of(|kind| matches!(kind, ItemKind::Reasoning | ItemKind::HostedCall(_)));
        let calls = self.calls();
        let mut message = Map::new();
        message.insert("role".into(), "assistant".into());
        let is_null = content.is_empty() && !calls.is_empty();
        message.insert(
            "content".into(),
            if is_null { Value::Null } else { content.into() },
        );
        message.insert("refusal".into(), Value::Null);
        message.insert("annotations".into(), json!([]));
        if context.chat.include_reasoning && !reasoning.is_empty() {
            for name in context.chat.reasoning_field.names() {
                message.insert((*name).into(), reasoning.as_str().into());
            }
        }
        if !calls.is_empty() {
            message.insert("tool_calls".into(), calls.into());
        }
        message
    }

    fn text_of(&self, is_wanted: fn(&ItemKind) -> bool) -> String {
        let texts = self
            .turn
            .items()
            .filter(|item| is_wanted(&item.kind) && !item.text.is_empty());
        texts
            .map(|item| item.text.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn calls(&self) -> Vec<Value> {
        let calls = self.turn.items().filter_map(|item| match &item.kind {
            ItemKind::Call { form, name } => Some((*form, name, &item.text)),
            _ => None,
        });
        calls
            .zip(&self.sent.call_ids)
            .map(|((form, name, text), id)| {
                json!({
                    "id": id,
                    "type": form.as_str(),
                    form.as_str(): {"name": name, form.text_field(): text},
                })
            })
            .collect()
    }
}
