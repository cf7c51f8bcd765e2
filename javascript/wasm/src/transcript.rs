//! Conversations that grow, token for token.

use openai_harmony::chat::Message;
use openai_harmony::render::{OpenMessage, RenderFormat, Rendered, ResponseFormat, Transcript};
use serde::Deserialize;

use crate::answer::{answer, Answer, Reply};
use crate::encoding;
use crate::failure::Failure;
use crate::handles::Handles;
use crate::memory::{read, with_bytes, with_ids};
use crate::render;

thread_local! {
    static TRANSCRIPTS: Handles<Transcript> = const { Handles::new() };
}

#[derive(Deserialize)]
struct Options {
    format: RenderFormat,
    response_formats: Vec<ResponseFormat>,
}

pub fn keep(transcript: Transcript) -> u32 {
    TRANSCRIPTS.with(|handles| handles.keep(transcript))
}

fn with<R: Into<Reply>>(
    handle: u32,
    work: impl FnOnce(&mut Transcript) -> Result<R, Failure>,
) -> *const Answer {
    answer(TRANSCRIPTS.with(|handles| handles.with(handle, work)))
}

/// An empty transcript with `{"format", "response_formats"}`.
#[no_mangle]
pub extern "C" fn transcript_new(options: usize) -> *const Answer {
    answer(read::<Options>(options).and_then(|options| {
        let Options {
            format,
            response_formats,
        } = options;
        Ok(keep(Transcript::with_response_formats(
            encoding()?,
            format,
            response_formats,
        )))
    }))
}

#[no_mangle]
pub extern "C" fn transcript_restore(state: usize) -> *const Answer {
    answer(read::<Transcript>(state).map(keep))
}

#[no_mangle]
pub extern "C" fn transcript_free(handle: u32) {
    TRANSCRIPTS.with(|handles| handles.free(handle));
}

#[no_mangle]
pub extern "C" fn transcript_clone(handle: u32) -> *const Answer {
    let copy =
        TRANSCRIPTS.with(|handles| handles.with(handle, |transcript| Ok(transcript.clone())));
    answer(copy.map(keep))
}

#[no_mangle]
pub extern "C" fn transcript_extend(handle: u32, messages: usize) -> *const Answer {
    with(handle, |transcript| {
        let messages = with_bytes(messages, render::messages)?;
        Ok(transcript.extend(messages)?)
    })
}

/// Appends what was sampled. Gives the messages that it makes.
#[no_mangle]
pub extern "C" fn transcript_append_completion(handle: u32, ids: usize) -> *const Answer {
    with(handle, |transcript| {
        let appended = with_ids(ids, |sampled| transcript.append_completion(sampled))?;
        let messages = appended.filter_map(|index| transcript.message(index));
        Reply::json(&messages.collect::<Vec<&Message>>())
    })
}

/// The prompt that ends in the beginning of a message.
#[no_mangle]
pub extern "C" fn transcript_prompt(handle: u32, open_message: usize) -> *const Answer {
    with(handle, |transcript| {
        let open: OpenMessage = read(open_message)?;
        Ok(transcript.prompt_with(open)?.to_vec())
    })
}

#[no_mangle]
pub extern "C" fn transcript_tokens(handle: u32) -> *const Answer {
    with(handle, |transcript| Ok(transcript.tokens().to_vec()))
}

/// Tokens and spans; with `as_sampled`, turns end in the `<|return|>` that the model wrote.
#[no_mangle]
pub extern "C" fn transcript_rendered(handle: u32, as_sampled: u32) -> *const Answer {
    with(handle, |transcript| {
        let tokens = match as_sampled {
            0 => transcript.tokens().to_vec(),
            _ => transcript.tokens_as_sampled(),
        };
        let spans = transcript.spans();
        Ok(render::keep(Rendered { tokens, spans }))
    })
}

#[no_mangle]
pub extern "C" fn transcript_stale_from(handle: u32) -> *const Answer {
    with(handle, |transcript| Ok(transcript.stale_from()))
}

#[no_mangle]
pub extern "C" fn transcript_messages(handle: u32) -> *const Answer {
    with(handle, |transcript| {
        Reply::json(&transcript.messages().collect::<Vec<&Message>>())
    })
}

#[no_mangle]
pub extern "C" fn transcript_length(handle: u32) -> *const Answer {
    with(handle, |transcript| Ok(transcript.messages().len()))
}

#[no_mangle]
pub extern "C" fn transcript_state(handle: u32) -> *const Answer {
    with(handle, |transcript| Reply::json(transcript))
}
