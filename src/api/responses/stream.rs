//! The response to a request, while it is sampled.

use serde_json::{json, Value};

use super::event::ResponseEventSink;
use super::item::{Context, Run};
use super::state::{Outcome, ResponseStatus, ResponsesState};
use super::tool::{BuiltinCall, ToolOutput};
use super::writer::{Pending, Sent, Writer};
use super::StoredResponse;
use crate::api::turn::{EngineFinishReason, ItemKind, Note, TokenLogprob, Turn};
use crate::api::{Host, ResponsesJob, StreamError};
use crate::error::HarmonyError;
use crate::render::Transcript;
use crate::Repair;

/// The response to a request: tokens in, events out.
///
/// Events go to a [`ResponseEventSink`]: `Vec<Value>` collects them as JSON, [`ResponseSse`](super::ResponseSse) as
/// server-sent events, `()` discards them. [`response`](Self::response) is the whole object, whether events were wanted
/// or not.
///
/// Tools that the server runs interrupt the sampling: after the tokens of a call [`pending_tool`](Self::pending_tool)
/// says what to run, [`tool_output`](Self::tool_output) takes the result, and [`prompt`](Self::prompt) is what to sample
/// from next.
#[derive(Clone, Debug)]
pub struct ResponsesStream<H> {
    host: H,
    state: ResponsesState,
}

impl ResponsesJob {
    /// The response to this request. `host` gives ids and the time.
    pub fn stream<H: Host>(&self, mut host: H) -> ResponsesStream<H> {
        let state = ResponsesState {
            id: host.id("resp_"),
            created_at: host.now().max(0.0) as u64,
            plan: self.plan.clone(),
            responses: self.answer.clone(),
            transcript: self.transcript.clone(),
            turn: Turn::new(self.transcript.encoding(), &self.plan, &[], self.tokens()),
            sent: Sent::default(),
            started: false,
            outcome: None,
            input_tokens: self.plan.prompt_tokens,
            cached_tokens: 0,
        };
        ResponsesStream { host, state }
    }

    /// The whole response at once. A call of a tool that the server runs is incomplete, as nobody runs it.
    ///
    /// # Errors
    /// None today.
    pub fn complete<H: Host>(
        &self,
        tokens: &[u32],
        reason: Option<EngineFinishReason>,
        host: H,
    ) -> Result<Value, StreamError> {
        let mut stream = self.stream(host);
        stream.push(tokens, None, &mut ())?;
        stream.finish(reason, &mut ())?;
        Ok(stream.response())
    }
}

impl<H: Host> ResponsesStream<H> {
    /// Continues a stored stream.
    pub fn resume(state: ResponsesState, host: H) -> Self {
        Self { host, state }
    }

    /// Everything but the host.
    pub fn state(&self) -> &ResponsesState {
        &self.state
    }

    /// The program around the stream.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Sends `response.created` and `response.in_progress`. Optional, because the first tokens do it, too,
    /// unless the engine reports how many tokens of the prompt it had cached. For the prompts after that of the first sampling it
    /// is called again, and then only adds those.
    pub fn start<S: ResponseEventSink>(&mut self, cached_tokens: Option<usize>, sink: &mut S) {
        self.state.cached_tokens = self
            .state
            .cached_tokens
            .saturating_add(cached_tokens.unwrap_or(0));
        if std::mem::replace(&mut self.state.started, true) {
            return;
        }
        let response = self.response();
        let (mut writer, turn) = self.parts(sink);
        writer.write_response("response.created", response.clone());
        writer.write_response("response.in_progress", response);
        turn.start(&mut writer);
    }

    /// Takes the tokens that were sampled, one or many, and sends what they add.
    ///
    /// # Errors
    /// If the response has ended, or if there are not as many log-probabilities as tokens.
    pub fn push<S: ResponseEventSink>(
        &mut self,
        tokens: &[u32],
        logprobs: Option<&[TokenLogprob]>,
        sink: &mut S,
    ) -> Result<(), StreamError> {
        self.check()?;
        let logprobs = match logprobs {
            Some(logprobs) if logprobs.len() != tokens.len() => {
                return Err(StreamError::LogprobsLength {
                    tokens: tokens.len(),
                    logprobs: logprobs.len(),
                });
            }
            Some(logprobs) if self.state.responses.include.logprobs => logprobs,
            _ => &[],
        };
        self.start(None, sink);
        let (mut writer, turn) = self.parts(sink);
        turn.push(tokens, logprobs, &mut writer);
        Ok(())
    }

    /// Ends the response: closes what is open and sends the terminal event.
    ///
    /// `reason` is why the engine stopped, `None` if it does not say. A call that still waits for its tool is incomplete.
    ///
    /// # Errors
    /// If the response has ended.
    pub fn finish<S: ResponseEventSink>(
        &mut self,
        reason: Option<EngineFinishReason>,
        sink: &mut S,
    ) -> Result<(), StreamError> {
        self.check()?;
        self.start(None, sink);
        let (mut writer, turn) = self.parts(sink);
        let at_end = turn.finish(reason, &mut writer);
        writer.settle(Run::skipped());
        let incomplete = match reason {
            Some(EngineFinishReason::Stop) => None,
            Some(EngineFinishReason::Length) => Some("max_output_tokens"),
            Some(EngineFinishReason::ContentFilter) => Some("content_filter"),
            Some(EngineFinishReason::Abort) | None => (!at_end).then_some("max_output_tokens"),
        };
        let status = match incomplete {
            Some(_) => ResponseStatus::Incomplete,
            None => ResponseStatus::Completed,
        };
        self.end(status, incomplete, None, sink);
        Ok(())
    }

    /// Ends the response because the engine broke: closes what is open and sends `response.failed`. Nothing happens if
    /// the response has ended.
    pub fn fail<S: ResponseEventSink>(
        &mut self,
        message: &str,
        code: &str,
        param: Option<&str>,
        sink: &mut S,
    ) {
        if self.state.outcome.is_some() {
            return;
        }
        self.start(None, sink);
        self.interrupt(sink);
        let mut error = json!({"code": code, "message": message});
        if let Some(param) = param {
            error["param"] = param.into();
        }
        self.end(ResponseStatus::Failed, None, Some(error), sink);
    }

    /// Ends the response because the client gave it up; nobody is there for events. Nothing happens if the response
    /// has ended.
    pub fn cancel(&mut self) {
        if self.state.outcome.is_some() {
            return;
        }
        self.state.started = true;
        self.interrupt(&mut ());
        self.end(ResponseStatus::Cancelled, None, None, &mut ());
    }

    /// The call that has to be run before the model continues.
    pub fn pending_tool(&self) -> Option<BuiltinCall> {
        let Pending { index, item } = self.state.sent.pending.as_ref()?;
        let ItemKind::HostedCall(tool) = &item.kind else {
            return None;
        };
        Some(tool.call(&item.text, &self.state.sent.issued.get(*index)?.id))
    }

    /// Takes the result of the call that waits for it: closes its item, and opens the next prompt.
    ///
    /// # Errors
    /// If no tool waits for its output, or if the given message cannot be rendered. The stream is then as it was.
    pub fn tool_output<S: ResponseEventSink>(
        &mut self,
        output: impl Into<ToolOutput>,
        sink: &mut S,
    ) -> Result<(), StreamError> {
        self.tool_output_of(&output.into(), sink)
    }

    fn tool_output_of<S: ResponseEventSink>(
        &mut self,
        output: &ToolOutput,
        sink: &mut S,
    ) -> Result<(), StreamError> {
        let tool = match &self.state.sent.pending {
            Some(Pending { item, .. }) => match &item.kind {
                ItemKind::HostedCall(tool) => tool.clone(),
                _ => return Err(StreamError::NoPendingTool),
            },
            None => return Err(StreamError::NoPendingTool),
        };
        let mut transcript = self.transcript()?;
        let message = output.message(&tool, transcript.messages().next_back());
        transcript.append(message)?;
        let prompt = transcript.prompt()?.to_vec();
        let (mut writer, turn) = self.parts(sink);
        writer.settle(output.run(&tool));
        let encoding = transcript.encoding().clone();
        turn.resume(&encoding, &prompt, &mut writer);
        self.state.input_tokens = self.state.input_tokens.saturating_add(prompt.len());
        self.state.transcript = transcript;
        Ok(())
    }

    /// The prompt of the next sampling. Each begins with the one before and what was sampled after it.
    pub fn prompt(&self) -> &[u32] {
        self.state.transcript.tokens_with_opening()
    }

    /// The object `response` so far; after the end, the whole one.
    pub fn response(&self) -> Value {
        self.state.response()
    }

    /// The response as a store keeps it, for requests that continue it.
    ///
    /// # Errors
    /// If the completion cannot be appended to the conversation; none today.
    pub fn stored(&self) -> Result<StoredResponse, HarmonyError> {
        Ok(StoredResponse {
            id: self.state.id.clone(),
            input: self.state.responses.items.clone(),
            output: self.state.output(),
            transcript: self.transcript()?,
        })
    }

    /// The conversation with everything that was sampled: the next prompt begins with exactly these tokens.
    ///
    /// # Errors
    /// If the completion cannot be appended; none today.
    pub fn transcript(&self) -> Result<Transcript, HarmonyError> {
        let mut transcript = self.state.transcript.clone();
        if !self.state.turn.sampled().is_empty() {
            transcript.append_completion(self.state.turn.sampled())?;
        }
        Ok(transcript)
    }

    /// What lenient parsing repaired. Positions count all sampled tokens.
    pub fn repairs(&self) -> &[Repair] {
        self.state.turn.repairs()
    }

    /// What was left out of the answer or is wrong with it.
    pub fn notes(&self) -> &[Note] {
        self.state.turn.notes()
    }

    fn check(&self) -> Result<(), StreamError> {
        match self.state.outcome {
            Some(_) => Err(StreamError::Ended),
            None => Ok(()),
        }
    }

    /// Closes what is open as it is.
    fn interrupt<S: ResponseEventSink>(&mut self, sink: &mut S) {
        let (mut writer, turn) = self.parts(sink);
        turn.interrupt(&mut writer);
        writer.settle(Run::skipped());
    }

    fn end<S: ResponseEventSink>(
        &mut self,
        status: ResponseStatus,
        reason: Option<&str>,
        error: Option<Value>,
        sink: &mut S,
    ) {
        self.state.outcome = Some(Outcome {
            status,
            at: self.host.now().max(0.0) as u64,
            reason: reason.map(str::to_owned),
            error,
        });
        let response = self.response();
        if let Some(name) = status.event() {
            self.parts(sink).0.write_response(name, response);
        }
    }

    /// The writer of events, and the turn that it writes.
    fn parts<'a, S>(&'a mut self, sink: &'a mut S) -> (Writer<'a, H, S>, &'a mut Turn) {
        let Self { host, state } = self;
        let context = Context {
            plan: &state.plan,
            include: state.responses.include,
            tokenizer: state.transcript.encoding().tokenizer(),
        };
        let max_tool_calls = state.responses.max_tool_calls;
        let sent = &mut state.sent;
        let writer = Writer {
            context,
            max_tool_calls,
            sent,
            host,
            sink,
        };
        (writer, &mut state.turn)
    }
}
