//! The items of an answer, made of what the parser reports.

use serde::{Deserialize, Serialize};

use super::body::Body;
use super::classify::{classify, Verdict};
use super::custom_input::CustomInput;
use super::item::{CallForm, HostedTool, Item, ItemKind, Phase, Status};
use super::logprob::Waiting;
use super::note::{Note, NoteKind};
use super::open::{Open, OpenItem};
use super::stop::StopSearch;
use super::ItemWriter;
use crate::api::Plan;
use crate::{ContentDelta, Ending, EventSink, Header, Repair};

/// Everything but the parser.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(super) struct Answer {
    plan: Plan,
    stop: Vec<String>,
    pub(super) items: Vec<Item>,
    open: Option<Open>,
    calls: usize,
    /// Whether a stop string is complete; nothing is read any more.
    pub(super) stopped: bool,
    /// Whether the message that ended last may be the last one.
    pub(super) at_end: bool,
    /// Whether the end of the stream completes a message.
    pub(super) completes: bool,
    pub(super) waiting: Waiting,
    pub(super) tokens_before: usize,
    pub(super) reasoning_tokens: usize,
    pub(super) repairs: Vec<Repair>,
    pub(super) notes: Vec<Note>,
}

impl Answer {
    pub(super) fn new(plan: &Plan, stop: &[String]) -> Self {
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

    pub(super) fn open_item(&self) -> Option<&Item> {
        match &self.open {
            Some(Open::Item(open)) if open.announced => Some(&open.item),
            _ => None,
        }
    }

    pub(super) fn begin<W: ItemWriter>(&mut self, header: &Header, writer: &mut W) {
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
            self.calls = self.calls.saturating_add(usize::from(open.item.is_call()));
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
                // Saturating, because a restored state may hold any numbers.
                open.read = open.read.saturating_add(delta.text.len());
                for range in delta.tokens.ranges() {
                    if open.is_thought {
                        self.reasoning_tokens = self.reasoning_tokens.saturating_add(range.len());
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

    pub(super) fn flush<W: ItemWriter>(&mut self, writer: &mut W) {
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

    pub(super) fn close<W: ItemWriter>(&mut self, complete: bool, writer: &mut W) {
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
pub(super) struct Reader<'a, W> {
    pub(super) answer: &'a mut Answer,
    pub(super) writer: &'a mut W,
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
