//! States of transcripts, renderings and streams, and every method of what they are restored to.

use openai_harmony::api::{
    ChatCompletions, ChatSse, ChatState, ChatStream, EngineFinishReason, Host, NoStore, Options,
    ResponseSse, Responses, ResponsesState, ResponsesStream,
};
use openai_harmony::chat::{Message, Role};
use openai_harmony::render::{
    AnalysisPolicy, RenderFormat, RenderSpec, Rendered, TokenSelection, Transcript,
};
use serde_json::{json, Value};

use super::encoding;

#[derive(Default)]
struct Numbers(usize);

impl Host for Numbers {
    fn now(&self) -> f64 {
        1_751_068_800.0
    }

    fn id(&mut self, prefix: &str) -> String {
        self.0 += 1;
        format!("{prefix}{}", self.0)
    }
}

/// A transcript with an answer that was sampled, and another prompt.
pub fn transcript(sampled: &[u32]) -> Transcript {
    let format = RenderFormat::default().with_analysis(AnalysisPolicy::CompletedTurns);
    let mut transcript = Transcript::new(encoding(), format);
    let question = || Message::from_role_and_content(Role::User, "Hi");
    transcript.append(question()).expect("it can be rendered");
    transcript.append_completion(sampled).expect("lenient");
    transcript.append(question()).expect("it can be rendered");
    transcript.prompt().expect("there are no response formats");
    transcript
}

/// Errors are allowed: a restored message may be one that cannot be rendered.
pub fn use_transcript(mut transcript: Transcript, sampled: &[u32]) {
    look(&transcript);
    let mut copy = transcript.clone();
    let _ = transcript.append_completion(sampled);
    look(&transcript);
    let _ = transcript.append(Message::from_role_and_content(Role::User, "And?"));
    let _ = transcript.prompt();
    look(&transcript);
    let _ = copy.truncate(1);
    look(&copy);
    let _ = copy.replace(0, Message::from_role_and_content(Role::User, "Else"));
    look(&copy);
    assert!(copy == copy.clone());
}

fn look(transcript: &Transcript) {
    transcript.tokens_as_sampled();
    transcript.tokens_with_opening();
    transcript.stale_from();
    let spans = transcript.spans();
    TokenSelection::sampled().mask(&spans);
    TokenSelection::learned().mask(&spans);
    serde_json::to_string(transcript).expect("a transcript has a JSON form");
}

pub fn rendered() -> Rendered {
    let messages = [
        Message::from_role_and_content(Role::User, "Hi"),
        Message::from_role_and_content(Role::Assistant, "Hm").with_channel("analysis"),
        Message::from_role_and_content(Role::Assistant, "Hello").with_channel("final"),
    ];
    let spec = RenderSpec::for_training();
    encoding()
        .render_with(&messages, &spec)
        .expect("it can be rendered")
}

pub fn use_rendered(rendered: &Rendered) {
    let spans = &rendered.spans;
    for selection in [TokenSelection::all(), TokenSelection::sampled()] {
        assert_eq!(selection.mask(spans).len(), rendered.tokens.len());
    }
    // A list of them is made in Python.
    assert!(spans.left_out().count() <= 1 << 24);
    spans.parts().count();
    assert!((0..rendered.tokens.len()).all(|position| spans.at(position).is_some()));
}

/// A stream in the middle of a choice, with stop strings and log-probabilities.
pub fn chat_state(sampled: &[u32]) -> Value {
    let body = json!({
        "model": "m", "messages": [{"role": "user", "content": "Hi"}], "n": 2, "stop": ["STOP", "oO"], "logprobs": true,
        "tools": [{"type": "function", "function": {"name": "f"}}, {"type": "custom", "custom": {"name": "c"}}],
    });
    let chat = ChatCompletions::new(encoding(), Options::default());
    let job = chat.prepare_value(&body, &Numbers::default());
    let mut stream = job.expect("a valid request").stream(Numbers::default());
    stream
        .push(0, sampled, None, &mut ())
        .expect("the first tokens");
    serde_json::to_value(stream.state()).expect("a stream has a JSON form")
}

/// Errors are allowed: the choice may have ended, the prompt may be one that cannot be rendered.
pub fn use_chat(state: ChatState, sampled: &[u32]) {
    let mut stream = ChatStream::resume(state, Numbers::default());
    let mut sse = ChatSse::default();
    stream.completion();
    for choice in [0, 1] {
        let _ = stream.push(choice, sampled, None, &mut sse);
        stream.stopped(choice);
        let _ = stream.finish(choice, Some(EngineFinishReason::Length), &mut sse);
        let _ = stream.transcript(choice);
    }
    stream.fail("broken", "server_error", &mut sse);
    stream.completion();
    stream.repairs().count();
    stream.notes().count();
    serde_json::to_string(stream.state()).expect("a stream has a JSON form");
}

pub fn responses_state(sampled: &[u32]) -> Value {
    let body = json!({
        "model": "m", "input": "Hi",
        "tools": [
            {"type": "function", "name": "f"}, {"type": "custom", "name": "c"}, {"type": "web_search"},
            {"type": "code_interpreter", "container": {"type": "auto"}},
        ],
    });
    let responses = Responses::new(encoding(), Options::default());
    let job = responses.prepare_value(&body, &Numbers::default(), &NoStore);
    let mut stream = job.expect("a valid request").stream(Numbers::default());
    stream
        .push(sampled, None, &mut ())
        .expect("the first tokens");
    serde_json::to_value(stream.state()).expect("a stream has a JSON form")
}

/// Errors are allowed: the response may have ended, no tool may wait.
pub fn use_responses(state: ResponsesState, sampled: &[u32]) {
    let mut stream = ResponsesStream::resume(state, Numbers::default());
    let mut sse = ResponseSse::default();
    stream.response();
    stream.prompt();
    stream.pending_tool();
    let _ = stream.tool_output("a result", &mut sse);
    let _ = stream.push(sampled, None, &mut sse);
    let _ = stream.tool_output("another result", &mut sse);
    let mut cancelled = stream.state().clone();
    let _ = stream.finish(Some(EngineFinishReason::Stop), &mut sse);
    stream.fail("broken", "server_error", None, &mut sse);
    for state in [&mut cancelled, &mut stream.state().clone()] {
        let mut stream = ResponsesStream::resume(state.clone(), Numbers::default());
        stream.cancel();
        stream.response();
        let _ = stream.stored();
        let _ = (stream.repairs(), stream.notes());
        serde_json::to_string(stream.state()).expect("a stream has a JSON form");
    }
}
