//! Conversations to tokens.

use openai_harmony::chat::{
    Content, Conversation, Message, Role, SystemContent, ToolNamespaceConfig,
};
use openai_harmony::render::{RenderSpec, Rendered, Span, TokenSelection};
use openai_harmony::{RenderConversationConfig, RenderOptions};
use serde::{Deserialize, Serialize};

use crate::answer::{answer, Answer, Reply};
use crate::encoding;
use crate::failure::Failure;
use crate::handles::Handles;
use crate::memory::{read, with_bytes, with_text};

thread_local! {
    static RENDERED: Handles<Rendered> = const { Handles::new() };
}

/// The messages of a conversation that is written as JSON: an object with `messages`, or their list.
pub fn messages(bytes: &[u8]) -> Result<Vec<Message>, Failure> {
    let invalid = |error| Failure::new("render.invalid_conversation", error);
    if bytes.trim_ascii_start().starts_with(b"[") {
        return serde_json::from_slice(bytes).map_err(invalid);
    }
    let conversation: Conversation = serde_json::from_slice(bytes).map_err(invalid)?;
    Ok(conversation.messages)
}

/// The messages and what follows them.
fn messages_and<T: serde::de::DeserializeOwned>(
    conversation: usize,
    rest: usize,
) -> Result<(Vec<Message>, T), Failure> {
    with_bytes(conversation + rest, |bytes| {
        let (conversation, rest) = bytes.split_at(conversation.min(bytes.len()));
        let rest = serde_json::from_slice(rest).map_err(Failure::invalid_input)?;
        Ok((messages(conversation)?, rest))
    })
}

/// How `render_conversation` renders.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ending {
    Conversation,
    Completion(Role),
    Training,
}

#[derive(Deserialize)]
struct ConversationOptions {
    ending: Ending,
    auto_drop_analysis: bool,
}

#[no_mangle]
pub extern "C" fn render_message(message: usize, has_function_tools: u32) -> *const Answer {
    answer(read::<Message>(message).and_then(|message| {
        let options = RenderOptions {
            conversation_has_function_tools: has_function_tools != 0,
        };
        Ok(encoding()?.render(&message, Some(&options))?)
    }))
}

#[no_mangle]
pub extern "C" fn render_conversation(conversation: usize, options: usize) -> *const Answer {
    answer(messages_and(conversation, options).and_then(
        |(messages, options): (_, ConversationOptions)| {
            let encoding = encoding()?;
            let config = Some(&RenderConversationConfig {
                auto_drop_analysis: options.auto_drop_analysis,
            });
            Ok(match options.ending {
                Ending::Conversation => encoding.render_conversation(&messages, config),
                Ending::Completion(role) => {
                    encoding.render_conversation_for_completion(&messages, role, config)
                }
                Ending::Training => encoding.render_conversation_for_training(&messages, config),
            }?)
        },
    ))
}

#[no_mangle]
pub extern "C" fn render_with(conversation: usize, spec: usize) -> *const Answer {
    let rendered =
        messages_and(conversation, spec).and_then(|(messages, spec): (_, RenderSpec)| {
            Ok(encoding()?.render_with(&messages, &spec)?)
        });
    answer(rendered.map(keep))
}

pub fn keep(rendered: Rendered) -> u32 {
    RENDERED.with(|handles| handles.keep(rendered))
}

fn with<R: Into<Reply>>(
    handle: u32,
    work: impl FnOnce(&mut Rendered) -> Result<R, Failure>,
) -> *const Answer {
    answer(RENDERED.with(|handles| handles.with(handle, work)))
}

#[no_mangle]
pub extern "C" fn rendered_restore(state: usize) -> *const Answer {
    answer(read::<Rendered>(state).map(keep))
}

#[no_mangle]
pub extern "C" fn rendered_free(handle: u32) {
    RENDERED.with(|handles| handles.free(handle));
}

#[no_mangle]
pub extern "C" fn rendered_tokens(handle: u32) -> *const Answer {
    with(handle, |rendered| Ok(rendered.tokens.clone()))
}

/// `[{"message", "part", "start", "end"}]`
#[no_mangle]
pub extern "C" fn rendered_spans(handle: u32) -> *const Answer {
    #[derive(Serialize)]
    struct Flat {
        message: usize,
        part: openai_harmony::render::Part,
        start: usize,
        end: usize,
    }
    impl From<Span> for Flat {
        fn from(span: Span) -> Self {
            Self {
                message: span.message,
                part: span.part,
                start: span.tokens.start,
                end: span.tokens.end,
            }
        }
    }
    with(handle, |rendered| {
        let spans: Vec<Flat> = rendered.spans.parts().map(Flat::from).collect();
        Reply::json(&spans)
    })
}

#[no_mangle]
pub extern "C" fn rendered_left_out(handle: u32) -> *const Answer {
    with(handle, |rendered| {
        Reply::json(&rendered.spans.left_out().collect::<Vec<_>>())
    })
}

/// A byte for each token, 1 where the selection chooses it.
#[no_mangle]
pub extern "C" fn rendered_mask(handle: u32, selection: usize) -> *const Answer {
    with(handle, |rendered| {
        let selection: TokenSelection = read(selection)?;
        let mask = selection.mask(&rendered.spans);
        Ok(mask.into_iter().map(u8::from).collect::<Vec<u8>>())
    })
}

/// The mask for supervised training.
#[no_mangle]
pub extern "C" fn rendered_loss_mask(handle: u32) -> *const Answer {
    with(handle, |rendered| {
        let mask = TokenSelection::learned().mask(&rendered.spans);
        Ok(mask.into_iter().map(u8::from).collect::<Vec<u8>>())
    })
}

#[no_mangle]
pub extern "C" fn rendered_state(handle: u32) -> *const Answer {
    with(handle, |rendered| Reply::json(rendered))
}

/// The content of a system message with its defaults.
#[no_mangle]
pub extern "C" fn default_system_content() -> *const Answer {
    answer(Reply::json(&Content::SystemContent(
        SystemContent::default(),
    )))
}

/// A built-in namespace of tools: `browser` or `python`.
#[no_mangle]
pub extern "C" fn tool_namespace(name: usize) -> *const Answer {
    answer(with_text(name, |name| match name {
        "browser" => Reply::json(&ToolNamespaceConfig::browser()),
        "python" => Reply::json(&ToolNamespaceConfig::python()),
        _ => Err(Failure::invalid_input(format_args!(
            "no built-in namespace of tools is called {name:?}"
        ))),
    }))
}
