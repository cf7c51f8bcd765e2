//! Answers of Chat Completions while they are sampled.

use openai_harmony::api::{ChatSse, ChatState, ChatStream, ChunkSink, Note};
use openai_harmony::Repair;

use super::host::JsHost;
use super::objects::JsonList;
use super::step::{cached_tokens, Fail, Finish, Push};
use crate::answer::{answer, Answer, Reply};
use crate::failure::Failure;
use crate::handles::Handles;
use crate::memory::read;
use crate::transcript;

thread_local! {
    static STREAMS: Handles<Stream> = const { Handles::new() };
}

struct Stream {
    inner: ChatStream<JsHost>,
    sse: ChatSse,
}

pub fn keep(inner: ChatStream<JsHost>) -> u32 {
    let sse = ChatSse::default();
    STREAMS.with(|streams| streams.keep(Stream { inner, sse }))
}

fn with<R: Into<Reply>>(
    handle: u32,
    work: impl FnOnce(&mut Stream) -> Result<R, Failure>,
) -> *const Answer {
    answer(STREAMS.with(|streams| streams.with(handle, work)))
}

/// A step of a stream, with any sink.
trait Step {
    fn run<S: ChunkSink>(
        self,
        stream: &mut ChatStream<JsHost>,
        sink: &mut S,
    ) -> Result<(), Failure>;
}

/// Runs a step: what it sends, as server-sent events or as a list of JSON.
fn step(handle: u32, sse: u32, step: impl Step) -> *const Answer {
    with(handle, |stream| {
        if sse != 0 {
            step.run(&mut stream.inner, &mut stream.sse)?;
            return Ok(Reply::Bytes(std::mem::take(&mut stream.sse.bytes)));
        }
        let mut list = JsonList::default();
        step.run(&mut stream.inner, &mut list)?;
        Ok(list.into())
    })
}

struct Start(Option<usize>);

impl Step for Start {
    fn run<S: ChunkSink>(
        self,
        stream: &mut ChatStream<JsHost>,
        sink: &mut S,
    ) -> Result<(), Failure> {
        stream.start(self.0, sink);
        Ok(())
    }
}

struct PushStep {
    options: usize,
    ids: usize,
}

impl Step for PushStep {
    fn run<S: ChunkSink>(
        self,
        stream: &mut ChatStream<JsHost>,
        sink: &mut S,
    ) -> Result<(), Failure> {
        Push::with(self.options, self.ids, |choice, tokens, logprobs| {
            Ok(stream.push(choice, tokens, logprobs, sink)?)
        })
    }
}

struct FinishStep(usize);

impl Step for FinishStep {
    fn run<S: ChunkSink>(
        self,
        stream: &mut ChatStream<JsHost>,
        sink: &mut S,
    ) -> Result<(), Failure> {
        let Finish { choice, reason } = read(self.0)?;
        Ok(stream.finish(choice, reason.map(Into::into), sink)?)
    }
}

struct FailStep(usize);

impl Step for FailStep {
    fn run<S: ChunkSink>(
        self,
        stream: &mut ChatStream<JsHost>,
        sink: &mut S,
    ) -> Result<(), Failure> {
        let Fail { message, code, .. } = read(self.0)?;
        stream.fail(&message, &code, sink);
        Ok(())
    }
}

#[no_mangle]
pub extern "C" fn chat_start(handle: u32, sse: u32, cached: i32) -> *const Answer {
    step(handle, sse, Start(cached_tokens(cached)))
}

#[no_mangle]
pub extern "C" fn chat_push(handle: u32, sse: u32, options: usize, ids: usize) -> *const Answer {
    step(handle, sse, PushStep { options, ids })
}

#[no_mangle]
pub extern "C" fn chat_finish(handle: u32, sse: u32, options: usize) -> *const Answer {
    step(handle, sse, FinishStep(options))
}

#[no_mangle]
pub extern "C" fn chat_fail(handle: u32, sse: u32, options: usize) -> *const Answer {
    step(handle, sse, FailStep(options))
}

#[no_mangle]
pub extern "C" fn chat_free(handle: u32) {
    STREAMS.with(|streams| streams.free(handle));
}

#[no_mangle]
pub extern "C" fn chat_stopped(handle: u32, choice: usize) -> *const Answer {
    with(handle, |stream| Ok(stream.inner.stopped(choice)))
}

#[no_mangle]
pub extern "C" fn chat_completion(handle: u32) -> *const Answer {
    with(handle, |stream| Reply::json(&stream.inner.completion()))
}

#[no_mangle]
pub extern "C" fn chat_repairs(handle: u32) -> *const Answer {
    with(handle, |stream| {
        Reply::json(&stream.inner.repairs().collect::<Vec<&Repair>>())
    })
}

#[no_mangle]
pub extern "C" fn chat_notes(handle: u32) -> *const Answer {
    with(handle, |stream| {
        Reply::json(&stream.inner.notes().collect::<Vec<Note>>())
    })
}

#[no_mangle]
pub extern "C" fn chat_transcript(handle: u32, choice: usize) -> *const Answer {
    with(handle, |stream| {
        Ok(transcript::keep(stream.inner.transcript(choice)?))
    })
}

#[no_mangle]
pub extern "C" fn chat_state(handle: u32) -> *const Answer {
    with(handle, |stream| Reply::json(stream.inner.state()))
}

#[no_mangle]
pub extern "C" fn chat_restore(state: usize, seals: u32) -> *const Answer {
    answer(
        read::<ChatState>(state)
            .map(|state| keep(ChatStream::resume(state, JsHost { seals: seals != 0 }))),
    )
}

#[no_mangle]
pub extern "C" fn chat_clone(handle: u32) -> *const Answer {
    let copy = STREAMS.with(|streams| streams.with(handle, |stream| Ok(stream.inner.clone())));
    answer(copy.map(keep))
}
