//! Responses while they are sampled.

use openai_harmony::api::{
    ResponseEventSink, ResponseSse, ResponsesState, ResponsesStream, ToolContent, ToolOutput,
};
use openai_harmony::chat::Message;
use serde::Deserialize;
use serde_json::Value;

use super::host::JsHost;
use super::objects::JsonList;
use super::step::{cached_tokens, Fail, Finish, Push};
use crate::answer::{answer, Answer, Reply};
use crate::failure::Failure;
use crate::handles::Handles;
use crate::memory::read;
use crate::transcript;

type Stream = ResponsesStream<JsHost>;

thread_local! {
    static STREAMS: Handles<Stream> = const { Handles::new() };
}

pub fn keep(stream: Stream) -> u32 {
    STREAMS.with(|streams| streams.keep(stream))
}

fn with<R: Into<Reply>>(
    handle: u32,
    work: impl FnOnce(&mut Stream) -> Result<R, Failure>,
) -> *const Answer {
    answer(STREAMS.with(|streams| streams.with(handle, work)))
}

/// A step of a stream, with any sink.
trait Step {
    fn run<S: ResponseEventSink>(self, stream: &mut Stream, sink: &mut S) -> Result<(), Failure>;
}

/// Runs a step: what it sends, as server-sent events or as a list of JSON.
fn step(handle: u32, sse: u32, step: impl Step) -> *const Answer {
    with(handle, |stream| {
        if sse != 0 {
            let mut events = ResponseSse::default();
            step.run(stream, &mut events)?;
            return Ok(Reply::Bytes(events.bytes));
        }
        let mut list = JsonList::default();
        step.run(stream, &mut list)?;
        Ok(list.into())
    })
}

struct Start(Option<usize>);

impl Step for Start {
    fn run<S: ResponseEventSink>(self, stream: &mut Stream, sink: &mut S) -> Result<(), Failure> {
        stream.start(self.0, sink);
        Ok(())
    }
}

struct PushStep {
    options: usize,
    ids: usize,
}

impl Step for PushStep {
    fn run<S: ResponseEventSink>(self, stream: &mut Stream, sink: &mut S) -> Result<(), Failure> {
        Push::with(self.options, self.ids, |_, tokens, logprobs| {
            Ok(stream.push(tokens, logprobs, sink)?)
        })
    }
}

struct FinishStep(usize);

impl Step for FinishStep {
    fn run<S: ResponseEventSink>(self, stream: &mut Stream, sink: &mut S) -> Result<(), Failure> {
        let Finish { reason, .. } = read(self.0)?;
        Ok(stream.finish(reason.map(Into::into), sink)?)
    }
}

struct FailStep(usize);

impl Step for FailStep {
    fn run<S: ResponseEventSink>(self, stream: &mut Stream, sink: &mut S) -> Result<(), Failure> {
        let Fail {
            message,
            code,
            param,
        } = read(self.0)?;
        stream.fail(&message, &code, param.as_deref(), sink);
        Ok(())
    }
}

/// `{"text" | "message", "outputs", "sources", "failed"}`
#[derive(Deserialize)]
struct Output {
    text: Option<String>,
    message: Option<Message>,
    outputs: Option<Vec<Value>>,
    sources: Option<Vec<Value>>,
    #[serde(default)]
    failed: bool,
}

impl From<Output> for ToolOutput {
    fn from(output: Output) -> Self {
        let Output {
            text,
            message,
            outputs,
            sources,
            failed,
        } = output;
        let content = match message {
            Some(message) => ToolContent::Message(message),
            None => ToolContent::Text(text.unwrap_or_default()),
        };
        Self {
            content,
            outputs,
            sources,
            failed,
        }
    }
}

struct OutputStep(usize);

impl Step for OutputStep {
    fn run<S: ResponseEventSink>(self, stream: &mut Stream, sink: &mut S) -> Result<(), Failure> {
        Ok(stream.tool_output(read::<Output>(self.0)?, sink)?)
    }
}

#[no_mangle]
pub extern "C" fn responses_start(handle: u32, sse: u32, cached: i32) -> *const Answer {
    step(handle, sse, Start(cached_tokens(cached)))
}

#[no_mangle]
pub extern "C" fn responses_push(
    handle: u32,
    sse: u32,
    options: usize,
    ids: usize,
) -> *const Answer {
    step(handle, sse, PushStep { options, ids })
}

#[no_mangle]
pub extern "C" fn responses_finish(handle: u32, sse: u32, options: usize) -> *const Answer {
    step(handle, sse, FinishStep(options))
}

#[no_mangle]
pub extern "C" fn responses_fail(handle: u32, sse: u32, options: usize) -> *const Answer {
    step(handle, sse, FailStep(options))
}

#[no_mangle]
pub extern "C" fn responses_tool_output(handle: u32, sse: u32, output: usize) -> *const Answer {
    step(handle, sse, OutputStep(output))
}

#[no_mangle]
pub extern "C" fn responses_free(handle: u32) {
    STREAMS.with(|streams| streams.free(handle));
}

#[no_mangle]
pub extern "C" fn responses_cancel(handle: u32) -> *const Answer {
    with(handle, |stream| {
        stream.cancel();
        Ok(())
    })
}

#[no_mangle]
pub extern "C" fn responses_prompt(handle: u32) -> *const Answer {
    with(handle, |stream| Ok(stream.prompt().to_vec()))
}

#[no_mangle]
pub extern "C" fn responses_pending_tool(handle: u32) -> *const Answer {
    with(handle, |stream| Reply::json(&stream.pending_tool()))
}

#[no_mangle]
pub extern "C" fn responses_response(handle: u32) -> *const Answer {
    with(handle, |stream| Reply::json(&stream.response()))
}

#[no_mangle]
pub extern "C" fn responses_stored(handle: u32) -> *const Answer {
    with(handle, |stream| Reply::json(&stream.stored()?))
}

#[no_mangle]
pub extern "C" fn responses_repairs(handle: u32) -> *const Answer {
    with(handle, |stream| Reply::json(stream.repairs()))
}

#[no_mangle]
pub extern "C" fn responses_notes(handle: u32) -> *const Answer {
    with(handle, |stream| Reply::json(stream.notes()))
}

#[no_mangle]
pub extern "C" fn responses_transcript(handle: u32) -> *const Answer {
    with(handle, |stream| Ok(transcript::keep(stream.transcript()?)))
}

#[no_mangle]
pub extern "C" fn responses_state(handle: u32) -> *const Answer {
    with(handle, |stream| Reply::json(stream.state()))
}

#[no_mangle]
pub extern "C" fn responses_restore(state: usize, seals: u32) -> *const Answer {
    answer(
        read::<ResponsesState>(state)
            .map(|state| keep(ResponsesStream::resume(state, JsHost { seals: seals != 0 }))),
    )
}

#[no_mangle]
pub extern "C" fn responses_clone(handle: u32) -> *const Answer {
    let copy = STREAMS.with(|streams| streams.with(handle, |stream| Ok(stream.clone())));
    answer(copy.map(keep))
}
