//! A whole conversation to tokens: which messages are kept, and how the tokens end.

use super::context::{offers_functions, Context};
use super::format::{AnalysisPolicy, RenderFormat};
use super::known::Known;
use super::options::{RenderConversationConfig, RenderOptions};
use super::policy::Retention;
use super::renderer::Renderer;
use super::span::{Extent, Rendered, SpanRecorder};
use super::spec::{RenderEnding, RenderSpec};
use crate::chat::{Content, Message, Role};
use crate::encoding::special::FormattingToken::Return;
use crate::error::{RenderError, Result};
use crate::tokenizer::Tokenizer;

/// The tokens of a conversation that ends in the given way.
pub(super) fn tokens<'a>(
    tokenizer: &Tokenizer,
    messages: impl IntoIterator<Item = &'a Message>,
    config: Option<&RenderConversationConfig>,
    ending: RenderEnding,
) -> Result<Vec<u32>> {
    let messages: Vec<&Message> = messages.into_iter().collect();
    let spec = RenderSpec {
        format: configured(config),
        ending,
        response_formats: Vec::new(),
    };
    let mut tokens = Vec::with_capacity(expected_tokens(&messages));
    let renderer = renderer(tokenizer, &messages, &spec);
    write_conversation(renderer, &messages, &spec, &mut tokens, None)?;
    Ok(tokens)
}

/// Tokens and spans of a conversation. What it has in common with others is copied from what is `known`. The tokens are in the memory
/// of the vector.
pub(super) fn with_spans(
    tokenizer: &Tokenizer,
    messages: &[&Message],
    spec: &RenderSpec,
    known: Option<&Known>,
    mut tokens: Vec<u32>,
) -> Result<Rendered> {
    let mut recorder = SpanRecorder::with_capacity(messages.len() + 1).with_opening(tokenizer);
    tokens.clear();
    tokens.reserve(expected_tokens(messages));
    let renderer = Renderer {
        known,
        ..renderer(tokenizer, messages, spec)
    };
    write_conversation(renderer, messages, spec, &mut tokens, Some(&mut recorder))?;
    Ok(Rendered {
        tokens,
        spans: recorder.spans,
    })
}

/// The tokens of one message.
pub(super) fn message(
    tokenizer: &Tokenizer,
    message: &Message,
    options: Option<&RenderOptions>,
) -> Result<Vec<u32>> {
    let renderer = Renderer {
        tokenizer,
        format: &RenderFormat::HARMONY_0_0_8,
        context: Context::alone(
            options.is_some_and(|options| options.conversation_has_function_tools),
        ),
        known: None,
    };
    let mut tokens = Vec::new();
    renderer
        .message_into(message, &mut tokens)
        .map_err(|kind| RenderError { index: 0, kind })?;
    Ok(tokens)
}

/// How many tokens each part of a conversation has.
pub(super) struct Sizes {
    /// Of each message, also of those that the format leaves out.
    pub(super) messages: Vec<usize>,
    /// Of the beginning of the message that the model is to complete.
    pub(super) opening: usize,
}

/// How many tokens each message has.
pub(super) fn sizes(
    tokenizer: &Tokenizer,
    messages: &[&Message],
    spec: &RenderSpec,
) -> Result<Sizes, RenderError> {
    let mut renderer = renderer(tokenizer, messages, spec);
    let mut tokens = Vec::new();
    let mut sizes = Vec::with_capacity(messages.len());
    for (index, message) in messages.iter().enumerate() {
        tokens.clear();
        renderer
            .message_into(message, &mut tokens)
            .map_err(|kind| RenderError { index, kind })?;
        renderer.context.advance(message);
        sizes.push(tokens.len());
    }
    renderer.context.finish()?;
    tokens.clear();
    if let RenderEnding::Completion(open) = &spec.ending {
        let index = messages.len();
        renderer
            .open_message_into(open, &mut tokens)
            .map_err(|kind| RenderError { index, kind })?;
    }
    Ok(Sizes {
        messages: sizes,
        opening: tokens.len(),
    })
}

fn renderer<'a>(
    tokenizer: &'a Tokenizer,
    messages: &[&Message],
    spec: &'a RenderSpec,
) -> Renderer<'a> {
    Renderer {
        tokenizer,
        format: &spec.format,
        context: Context {
            has_function_tools: messages.iter().any(|message| offers_functions(message)),
            owed_formats: &spec.response_formats,
        },
        known: None,
    }
}

/// Room for most conversations: a token is four bytes of English text or more, a header eight tokens.
fn expected_tokens(messages: &[&Message]) -> usize {
    let bytes: usize = messages
        .iter()
        .flat_map(|message| &message.content)
        .map(|content| match content {
            Content::Text(text) => text.text.len(),
            Content::SystemContent(_) | Content::DeveloperContent(_) => 0,
        })
        .sum();
    bytes / 4 + 8 * messages.len()
}

fn write_conversation(
    renderer: Renderer<'_>,
    messages: &[&Message],
    spec: &RenderSpec,
    tokens: &mut Vec<u32>,
    mut recorder: Option<&mut SpanRecorder>,
) -> Result<(), RenderError> {
    let completion_follows = matches!(spec.ending, RenderEnding::Completion(_));
    let record = |index, message: &Message, extent| {
        if let Some(recorder) = &mut recorder {
            recorder.record(index, message, extent);
        }
    };
    conversation_into(renderer, completion_follows, messages, tokens, record)?;
    let index = messages.len();
    match &spec.ending {
        RenderEnding::Conversation => {}
        RenderEnding::Training => {
            if messages.last().is_some_and(|last| is_final_answer(last)) {
                end_with_return(tokens, renderer.tokenizer);
            }
        }
        RenderEnding::Completion(open) => {
            let extent = renderer
                .open_message_into(open, tokens)
                .map_err(|kind| RenderError { index, kind })?;
            if let Some(recorder) = recorder {
                recorder.note_open(index, open.role, open.channel.as_deref(), extent);
            }
        }
    }
    Ok(())
}

/// The format of release 0.0.8 with its one option.
fn configured(config: Option<&RenderConversationConfig>) -> RenderFormat {
    let drops = config.is_some_and(|config| config.auto_drop_analysis);
    RenderFormat {
        analysis: if drops {
            AnalysisPolicy::AutoDrop
        } else {
            AnalysisPolicy::KeepAll
        },
        ..RenderFormat::HARMONY_0_0_8
    }
}

/// Appends the tokens of the messages that the format keeps, and passes each of them to `record`.
///
/// # Errors
/// The first message that cannot be rendered.
fn conversation_into(
    mut renderer: Renderer<'_>,
    completion_follows: bool,
    messages: &[&Message],
    tokens: &mut Vec<u32>,
    mut record: impl FnMut(usize, &Message, Extent),
) -> Result<(), RenderError> {
    let retention = Retention::of(renderer.format.analysis, completion_follows, messages);
    for (index, message) in messages.iter().enumerate() {
        if retention.drops(index, message) {
            continue;
        }
        let extent = renderer
            .message_into(message, tokens)
            .map_err(|kind| RenderError { index, kind })?;
        renderer.context.advance(message);
        record(index, message, extent);
    }
    renderer.context.finish()
}

/// Whether the message ends in `<|return|>` where a model has to say it.
fn is_final_answer(message: &Message) -> bool {
    message.author.role == Role::Assistant && message.channel.as_deref() == Some("final")
}

/// Puts `<|return|>` in the place of the last stop token. Nothing drops a final message, so it is that of the last
/// message.
fn end_with_return(tokens: &mut [u32], tokenizer: &Tokenizer) {
    if let Some(last) = tokens.last_mut() {
        *last = Return.id_in(tokenizer);
    }
}
