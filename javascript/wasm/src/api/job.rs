//! Requests: bodies in, jobs out.

use openai_harmony::api::{
    chat_from_conversation, conversation_from_chat, ChatCompletions, ChatJob, Options, Responses,
    ResponsesJob,
};
use openai_harmony::chat::{Conversation, Message, SystemContent};
use serde::Deserialize;
use serde_json::{json, Value};

use super::host::JsHost;
use super::store::JsStore;
use super::{chat, responses};
use crate::answer::{answer, Answer, Reply};
use crate::failure::Failure;
use crate::handles::Handles;
use crate::memory::{read, with_bytes};
use crate::{encoding, grammar, transcript};

thread_local! {
    static APIS: Handles<Api> = const { Handles::new() };
    static JOBS: Handles<Job> = const { Handles::new() };
}

/// Both APIs with the choices of one server.
struct Api {
    chat: ChatCompletions,
    responses: Responses,
    host: JsHost,
}

enum JobKind {
    Chat(Box<ChatJob>),
    Responses(Box<ResponsesJob>),
}

struct Job {
    kind: JobKind,
    host: JsHost,
}

/// What jobs of both APIs have.
macro_rules! of_either {
    ($job:expr, |$inner:ident| $of:expr) => {
        match &$job.kind {
            JobKind::Chat($inner) => $of,
            JobKind::Responses($inner) => $of,
        }
    };
}

/// The APIs with the options of a server; `seals` says whether JavaScript has functions for secrets.
#[no_mangle]
pub extern "C" fn api_new(options: usize, seals: u32) -> *const Answer {
    answer(read::<Options>(options).and_then(|options| {
        let api = Api {
            chat: ChatCompletions::new(encoding()?, options.clone()),
            responses: Responses::new(encoding()?, options),
            host: JsHost { seals: seals != 0 },
        };
        Ok(APIS.with(|apis| apis.keep(api)))
    }))
}

#[no_mangle]
pub extern "C" fn api_free(handle: u32) {
    APIS.with(|apis| apis.free(handle));
}

fn prepare(
    api: u32,
    body: usize,
    prepare: impl FnOnce(&Api, &[u8]) -> Result<JobKind, Failure>,
) -> *const Answer {
    answer(APIS.with(|apis| {
        apis.with(api, |api| {
            let kind = with_bytes(body, |body| prepare(api, body))?;
            let host = api.host.clone();
            Ok(JOBS.with(|jobs| jobs.keep(Job { kind, host })))
        })
    }))
}

#[no_mangle]
pub extern "C" fn prepare_chat(api: u32, body: usize) -> *const Answer {
    prepare(api, body, |api, body| {
        Ok(JobKind::Chat(Box::new(api.chat.prepare(body, &api.host)?)))
    })
}

#[no_mangle]
pub extern "C" fn prepare_responses(api: u32, body: usize) -> *const Answer {
    prepare(api, body, |api, body| {
        let job = api.responses.prepare(body, &api.host, &JsStore)?;
        Ok(JobKind::Responses(Box::new(job)))
    })
}

fn with<R: Into<Reply>>(
    handle: u32,
    work: impl FnOnce(&mut Job) -> Result<R, Failure>,
) -> *const Answer {
    answer(JOBS.with(|jobs| jobs.with(handle, work)))
}

#[no_mangle]
pub extern "C" fn job_free(handle: u32) {
    JOBS.with(|jobs| jobs.free(handle));
}

#[no_mangle]
pub extern "C" fn job_tokens(handle: u32) -> *const Answer {
    with(handle, |job| {
        Ok(of_either!(job, |job| job.tokens().to_vec()))
    })
}

/// Everything that is not tokens.
#[no_mangle]
pub extern "C" fn job_description(handle: u32) -> *const Answer {
    with(handle, |job| {
        let (n, is_stream) = match &job.kind {
            JobKind::Chat(job) => (job.answer_plan().n, job.answer_plan().stream),
            JobKind::Responses(job) => (1, job.answer_plan().stream),
        };
        of_either!(job, |job| Reply::json(&json!({
            "n": n,
            "stream_requested": is_stream,
            "stop_token_ids": job.stop_token_ids(),
            "max_tokens": job.max_tokens(),
            "sampling": job.sampling(),
            "constraint": job.constraint(),
            "ignored": job.ignored(),
            "top_logprobs": job.plan().top_logprobs,
        })))
    })
}

#[no_mangle]
pub extern "C" fn job_conversation(handle: u32) -> *const Answer {
    with(handle, |job| {
        of_either!(job, |job| Reply::json(
            &job.conversation().collect::<Vec<&Message>>()
        ))
    })
}

#[no_mangle]
pub extern "C" fn job_transcript(handle: u32) -> *const Answer {
    with(handle, |job| {
        let transcript = of_either!(job, |job| job.transcript().clone());
        Ok(transcript::keep(transcript))
    })
}

#[no_mangle]
pub extern "C" fn job_grammar(handle: u32) -> *const Answer {
    with(handle, |job| {
        Ok(grammar::keep(of_either!(job, |job| job.grammar()?)))
    })
}

/// The answer of the job: a stream of its API.
#[no_mangle]
pub extern "C" fn job_stream(handle: u32) -> *const Answer {
    with(handle, |job| {
        let host = job.host.clone();
        Ok(match &job.kind {
            JobKind::Chat(job) => chat::keep(job.stream(host)),
            JobKind::Responses(job) => responses::keep(job.stream(host)),
        })
    })
}

#[derive(Deserialize)]
struct Row {
    row: Value,
    #[serde(default)]
    system: SystemContent,
    #[serde(default)]
    participant_names: bool,
}

/// The conversation that Chat Completions messages and tools make.
#[no_mangle]
pub extern "C" fn conversation_from_messages(row: usize) -> *const Answer {
    answer(read::<Row>(row).and_then(
        |Row {
             row,
             system,
             participant_names,
         }| { Reply::json(&conversation_from_chat(&row, &system, participant_names)?) },
    ))
}

/// The Chat Completions messages and tools that make a conversation.
#[no_mangle]
pub extern "C" fn messages_from_conversation(conversation: usize) -> *const Answer {
    answer(with_bytes(conversation, |bytes| {
        let messages = crate::render::messages(bytes)?;
        Reply::json(&chat_from_conversation(&Conversation { messages }))
    }))
}
