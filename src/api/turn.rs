//! What was sampled, as an answer: the state machine that both APIs share.
//!
//! Tokens go through the lenient parser; its events become [`Item`]s. An [`ItemWriter`] is called as items open, grow
//! and close, and only writes.

mod body;
mod classify;
mod custom_input;
mod item;
mod logprob;
mod note;
mod stop;

use serde::{Deserialize, Serialize};

use crate::api::Plan;
use crate::{
    ContentDelta, Ending, EventSink, HarmonyEncoding, Header, ParseOptions, Repair, StreamState,
    StreamableParser,
};
use body::Body;
use classify::{classify, Verdict};
use custom_input::CustomInput;
pub use item::CallForm;
pub(in crate::api) use item::{HostedTool, Item, ItemKind, Phase, Status};
pub use logprob::TokenLogprob;
use logprob::Waiting;
pub use note::{Note, NoteKind};
use stop::StopSearch;

/// Why an engine stopped to sample.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum EngineFinishReason {
    /// It sampled a stop token, which it may or may not have passed on.
    Stop,
    /// It reached the limit of tokens.
    Length,
    /// A content filter ended the answer.
    ContentFilter,
    /// It was stopped from outside.
    Abort,
}

/// Receives what happens to the items of an answer; `index` counts them from 0.
pub(in crate::api) trait ItemWriter {
    fn opened(&mut self, index: usize, item: &Item);
    /// `delta` is the end of the item's text, `logprobs` that of its log-probabilities.
    fn grown(&mut self, index: usize, item: &Item, delta: &str, logprobs: &[TokenLogprob]);
    fn closed(&mut self, index: usize, item: &Item);
}

/// One answer while it is sampled.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(in crate::api) struct Turn {
    parser: StreamableParser,
    /// The tokens that were sampled since the last prompt.
    sampled: Vec<u32>,
    answer: Answer,
}

impl Turn {
    /// An answer to `prompt`.
    pub fn new(encoding: &HarmonyEncoding, plan: &Plan, stop: &[String], prompt: &[u32]) -> Self {
        Self {
            parser: parser(encoding, prompt),
            sampled: Vec::new(),
            answer: Answer::new(plan, stop),
        }
    }

    /// Reports what the prompt has opened already: a call or an answer that the model was made to begin.
    pub fn start<W: ItemWriter>(&mut self, writer: &mut W) {
        if let Some(header) = self.parser.current_header() {
            self.answer.begin(header, writer);
        }
    }

    /// Continues the answer after another prompt, which holds the result of a hosted tool.
    pub fn resume<W: ItemWriter>(
        &mut self,
        encoding: &HarmonyEncoding,
        prompt: &[u32],
        writer: &mut W,
    ) {
        self.answer.tokens_before = self.completion_tokens();
        self.sampled.clear();
        self.answer.waiting = Waiting::default();
        self.parser = parser(encoding, prompt);
        self.start(writer);
    }

    /// Takes sampled tokens, one or many. `logprobs` has one entry for each of them, or none at all.
    pub fn push<W: ItemWriter>(
        &mut self,
        tokens: &[u32],
        logprobs: &[TokenLogprob],
        writer: &mut W,
    ) {
        self.sampled.extend_from_slice(tokens);
        let Self { parser, answer, .. } = self;
        if logprobs.is_empty() {
            feed(parser, tokens, &mut Reader { answer, writer });
        } else {
            let first = parser.tokens().len();
            for (offset, (token, entry)) in tokens.iter().zip(logprobs).enumerate() {
                answer.waiting.push(first + offset, entry.finite());
                feed(parser, &[*token], &mut Reader { answer, writer });
            }
        }
        answer.flush(writer);
    }

    /// No more tokens come. Returns whether the model had come to an end.
    pub fn finish<W: ItemWriter>(
        &mut self,
        reason: Option<EngineFinishReason>,
        writer: &mut W,
    ) -> bool {
        let at_end = self.answer.stopped
            || self.parser.state() == StreamState::ExpectStart && self.answer.at_end;
        self.answer.completes = match reason {
            Some(EngineFinishReason::Stop) => true,
            Some(_) => false,
            None => at_end,
        };
        let Self { parser, answer, .. } = self;
        // OK to ignore: lenient parsing has no errors.
        let _ = parser.process_eos_into(&mut Reader { answer, writer });
        at_end
    }

    /// Closes what is open as it is: nothing more is read.
    pub fn interrupt<W: ItemWriter>(&mut self, writer: &mut W) {
        self.answer.close(false, writer);
    }

    /// The items so far, an open one among them.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.answer.items.iter().chain(self.answer.open_item())
    }

    /// Whether a stop string is complete.
    pub fn is_stopped(&self) -> bool {
        self.answer.stopped
    }

    /// The tokens that were sampled since the last prompt.
    pub fn sampled(&self) -> &[u32] {
        &self.sampled
    }

    /// How many tokens were sampled, those before the last prompt included.
    pub fn completion_tokens(&self) -> usize {
        self.answer.tokens_before.saturating_add(self.sampled.len())
    }

    /// How many of them are the text of thoughts.
    pub fn reasoning_tokens(&self) -> usize {
        self.answer.reasoning_tokens
    }

    pub fn repairs(&self) -> &[Repair] {
        &self.answer.repairs
    }

    pub fn notes(&self) -> &[Note] {
        &self.answer.notes
    }
}

fn parser(encoding: &HarmonyEncoding, prompt: &[u32]) -> StreamableParser {
    let options = ParseOptions { strict: false };
    // OK because lenient parsing has no errors; a parser without a prompt would still read everything.
    StreamableParser::from_prompt(encoding.clone(), prompt, options)
        .or_else(|_| StreamableParser::new_with_options(encoding.clone(), None, options))
        .expect("making a parser has no errors")
}

fn feed<W: ItemWriter>(parser: &mut StreamableParser, tokens: &[u32], reader: &mut Reader<'_, W>) {
    // OK to ignore: lenient parsing has no errors.
    let _ = parser.process_many_into(tokens, reader);
}

/// Everything but the parser.
#[derive(Serialize, Deserialize, Clone, Debug)]
struct Answer {
    plan: Plan,
    stop: Vec<String>,
    items: Vec<Item>,
    open: Option<Open>,
    calls: usize,
    /// Whether a stop string is complete; nothing is read any more.
    stopped: bool,
    /// Whether the message that ended last may be the last one.
    at_end: bool,
    /// Whether the end of the stream completes a message.
    completes: bool,
    waiting: Waiting,
    tokens_before: usize,
    reasoning_tokens: usize,
    repairs: Vec<Repair>,
    notes: Vec<Note>,
}

/// The message that is being read.
#[derive(Serialize, Deserialize, Clone, Debug)]
enum Open {
    Item(OpenItem),
    Ignored { note: Note },
}

#[derive(Serialize, Deserialize, Clone, Debug)]
struct OpenItem {
    item: Item,
    body: Body,
    is_thought: bool,
    /// Whether the writer has received it.
    announced: bool,
    /// How many bytes of the text, and how many log-probabilities, the writer has.
    sent: usize,
    logprobs_sent: usize,
    /// How many bytes of text were sampled.
    read: usize,
}

impl Answer {
    fn new(plan: &Plan, stop: &[String]) -> Self {
        Self {
            plan: plan.clone(),
            stop: stop.to_vec(),
            items: Vec::new(),
            open: None,
            calls: 0,
            stopped: false,
            at_end: false,
            completes: false,
            waiting: Waiting::default(),
            tokens_before: 0,
            reasoning_tokens: 0,
            repairs: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn open_item(&self) -> Option<&Item> {
        match &self.open {
            Some(Open::Item(open)) if open.announced => Some(&open.item),
            _ => None,
        }
    }

    fn begin<W: ItemWriter>(&mut self, header: &Header, writer: &mut W) {
        if self.stopped {
            return;
        }
        self.open = Some(match classify(header, &self.plan, self.calls) {
            Verdict::Ignored(kind) => Open::Ignored {
                note: Note {
                    kind,
                    choice: 0,
                    name: addressee(header, kind),
                    text: String::new(),
                },
            },
            Verdict::Item { kind, is_thought } => {
                let body = self.body(&kind);
                Open::Item(OpenItem::new(kind, body, is_thought))
            }
        });
        if let Some(Open::Item(open)) = &mut self.open {
            self.calls += usize::from(open.item.is_call());
            if open.item.kind.opens_at_header() {
                open.announce(self.items.len(), writer);
            }
        }
    }

    fn body(&self, kind: &ItemKind) -> Body {
        match kind {
            ItemKind::Message(_) => Body::Content(StopSearch::new(&self.stop)),
            ItemKind::Call {
                form: CallForm::Custom,
                ..
            } => Body::CustomInput(CustomInput::new()),
            ItemKind::Call { .. } | ItemKind::HostedCall(HostedTool::Mcp { .. }) => {
                Body::arguments()
            }
            ItemKind::Reasoning | ItemKind::HostedCall(_) => Body::Verbatim,
        }
    }

    fn read<W: ItemWriter>(&mut self, delta: &ContentDelta<'_>, writer: &mut W) {
        match &mut self.open {
            None => {}
            Some(Open::Ignored { note }) => note.text.push_str(delta.text),
            Some(Open::Item(open)) => {
                open.read += delta.text.len();
                for range in delta.tokens.ranges() {
                    if open.is_thought {
                        self.reasoning_tokens += range.len();
                    }
                    self.waiting.place(range, open.read);
                }
                let is_stop = open.body.push(delta.text, &mut open.item.text);
                open.release_logprobs(&mut self.waiting);
                if is_stop {
                    self.stopped = true;
                    self.close(true, writer);
                }
            }
        }
    }

    fn flush<W: ItemWriter>(&mut self, writer: &mut W) {
        let index = self.items.len();
        if let Some(Open::Item(open)) = &mut self.open {
            open.flush(index, writer);
        }
    }

    fn end<W: ItemWriter>(&mut self, ending: Ending, writer: &mut W) {
        let is_answer = self.open_item().is_some_and(|item| {
            item.is_call() || item.kind == ItemKind::Message(Phase::FinalAnswer)
        });
        self.at_end = match ending {
            Ending::Return | Ending::Call | Ending::EndOfText => true,
            Ending::End => is_answer,
            Ending::EndOfStream | Ending::NextMessage => false,
        };
        let complete = match ending {
            Ending::EndOfStream => self.completes,
            // What the model went on after, it had ended.
            _ => true,
        };
        self.close(complete, writer);
    }

    fn close<W: ItemWriter>(&mut self, complete: bool, writer: &mut W) {
        match self.open.take() {
            None => {}
            Some(Open::Ignored { note }) => self.notes.push(note),
            Some(Open::Item(mut open)) => {
                if !self.stopped {
                    open.body.finish(complete, &mut open.item.text);
                }
                open.release_logprobs(&mut self.waiting);
                self.waiting.discard_text();
                let index = self.items.len();
                open.flush(index, writer);
                if !open.announced {
                    return;
                }
                open.item.status = if complete {
                    Status::Completed
                } else {
                    Status::Incomplete
                };
                self.notes.extend(open.note().filter(|_| complete));
                writer.closed(index, &open.item);
                self.items.push(open.item);
            }
        }
    }
}

impl OpenItem {
    fn new(kind: ItemKind, body: Body, is_thought: bool) -> Self {
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

    fn announce<W: ItemWriter>(&mut self, index: usize, writer: &mut W) {
        self.announced = true;
        writer.opened(index, &self.item);
    }

    /// Hands to the writer what it does not have yet.
    fn flush<W: ItemWriter>(&mut self, index: usize, writer: &mut W) {
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
    fn release_logprobs(&mut self, waiting: &mut Waiting) {
        if matches!(self.item.kind, ItemKind::Message(_)) {
            waiting.release(self.item.text.len(), &mut self.item.logprobs);
        } else {
            waiting.discard_text();
        }
    }

    fn note(&self) -> Option<Note> {
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

/// To whom an ignored message went, or who was made to speak.
fn addressee(header: &Header, kind: NoteKind) -> String {
    let author = || match &header.author.name {
        Some(name) => name.clone(),
        None => header.author.role.as_str().to_owned(),
    };
    match (&header.recipient, kind) {
        (Some(recipient), NoteKind::SuppressedCall) => recipient.clone(),
        _ => author(),
    }
}

/// Hands the events of the parser to an answer.
struct Reader<'a, W> {
    answer: &'a mut Answer,
    writer: &'a mut W,
}

impl<W: ItemWriter> EventSink for Reader<'_, W> {
    fn message_started(&mut self, _: usize, header: &Header) {
        self.answer.begin(header, self.writer);
    }

    fn content(&mut self, delta: ContentDelta<'_>) {
        self.answer.read(&delta, self.writer);
    }

    fn message_ended(&mut self, _: usize, ending: Ending) {
        self.answer.end(ending, self.writer);
    }

    fn repaired(&mut self, repair: &Repair) {
        let mut repair = repair.clone();
        let before = self.answer.tokens_before;
        repair.tokens =
            repair.tokens.start.saturating_add(before)..repair.tokens.end.saturating_add(before);
        self.answer.repairs.push(repair);
    }
}
