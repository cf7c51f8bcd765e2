//! Conversations to tokens: what to render, how, and what comes of it.
//!
//! [`render_with`](crate::HarmonyEncoding::render_with) takes a [`RenderSpec`] and returns [`Rendered`] tokens with
//! their [`Spans`], from which a [`TokenSelection`] makes masks. A [`Transcript`] holds a conversation that grows,
//! token for token as a model saw and wrote it.

mod context;
mod conversation;
mod fit;
mod format;
mod known;
mod options;
mod policy;
mod prompt;
mod renderer;
mod selection;
mod span;
mod spec;
mod transcript;
mod typescript;

pub(crate) use context::offers_functions;
pub use fit::Keep;
pub use format::{
    AnalysisPolicy, ContentTypeForm, FormatPreset, HeaderOrder, PromptStyle, RenderFormat,
    ToolResultForm,
};
pub(crate) use known::Known;
pub use options::{RenderConversationConfig, RenderOptions};
pub(crate) use policy::{ends_turn, is_thought};
pub use selection::TokenSelection;
pub use span::{MessageSpan, Part, Rendered, Span, Spans};
pub use spec::{OpenMessage, RenderEnding, RenderSpec, ResponseFormat};
pub use transcript::Transcript;

use std::num::NonZeroUsize;

use super::HarmonyEncoding;
use crate::chat::{Message, Role};
use crate::error::Result;
use crate::parallel;

/// Conversations to tokens, as release 0.0.8 renders them.
///
/// The methods take any messages that can be borrowed: `&Conversation`, `&[Message]`, an iterator, also an empty one.
/// The ones that end in `_into` append to the caller's buffer, and leave it as it was if they fail.
impl HarmonyEncoding {
    /// The tokens of a conversation. Without a `config` nothing is left out.
    ///
    /// ```
    /// use openai_harmony::chat::{Message, Role};
    /// use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};
    ///
    /// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
    /// let conversation = [Message::from_role_and_content(Role::User, "What is 2 + 2?")];
    /// let tokens = encoding.render_conversation(&conversation, None)?;
    /// let text = encoding.tokenizer().decode_utf8(&tokens)?;
    /// assert_eq!(text, "<|start|>user<|message|>What is 2 + 2?<|end|>");
    /// # Ok::<(), openai_harmony::HarmonyError>(())
    /// ```
    ///
    /// # Errors
    /// [`RenderError`](crate::error::RenderError), with the index of the message: system or developer content in a
    /// message of another role, a tool without a name.
    pub fn render_conversation<'a, I>(
        &self,
        conversation: I,
        config: Option<&RenderConversationConfig>,
    ) -> Result<Vec<u32>>
    where
        I: IntoIterator<Item = &'a Message>,
    {
        conversation::tokens(
            self.tokenizer(),
            conversation,
            config,
            RenderEnding::Conversation,
        )
    }

    /// Appends the tokens of a conversation to `into`.
    ///
    /// # Errors
    /// As [`render_conversation`](Self::render_conversation).
    pub fn render_conversation_into<'a, I, B>(
        &self,
        conversation: I,
        into: &mut B,
        config: Option<&RenderConversationConfig>,
    ) -> Result<()>
    where
        I: IntoIterator<Item = &'a Message>,
        B: Extend<u32>,
    {
        into.extend(self.render_conversation(conversation, config)?);
        Ok(())
    }

    /// The tokens of a conversation and of the next message's beginning: `<|start|>` and its role.
    ///
    /// # Errors
    /// As [`render_conversation`](Self::render_conversation).
    pub fn render_conversation_for_completion<'a, I>(
        &self,
        conversation: I,
        next_turn_role: Role,
        config: Option<&RenderConversationConfig>,
    ) -> Result<Vec<u32>>
    where
        I: IntoIterator<Item = &'a Message>,
    {
        let ending = RenderEnding::Completion(OpenMessage::new(next_turn_role));
        conversation::tokens(self.tokenizer(), conversation, config, ending)
    }

    /// Appends the tokens of a conversation and of the next message's beginning to `into`.
    ///
    /// # Errors
    /// As [`render_conversation`](Self::render_conversation).
    pub fn render_conversation_for_completion_into<'a, I, B>(
        &self,
        conversation: I,
        next_turn_role: Role,
        into: &mut B,
        config: Option<&RenderConversationConfig>,
    ) -> Result<()>
    where
        I: IntoIterator<Item = &'a Message>,
        B: Extend<u32>,
    {
        into.extend(self.render_conversation_for_completion(
            conversation,
            next_turn_role,
            config,
        )?);
        Ok(())
    }

    /// The tokens of a conversation to train on: as [`render_conversation`](Self::render_conversation), but a final
    /// message of the assistant at the end ends in `<|return|>`, which is what the model has to say there.
    ///
    /// # Errors
    /// As [`render_conversation`](Self::render_conversation).
    pub fn render_conversation_for_training<'a, I>(
        &self,
        conversation: I,
        config: Option<&RenderConversationConfig>,
    ) -> Result<Vec<u32>>
    where
        I: IntoIterator<Item = &'a Message>,
    {
        conversation::tokens(
            self.tokenizer(),
            conversation,
            config,
            RenderEnding::Training,
        )
    }

    /// The tokens of one message.
    ///
    /// # Errors
    /// As [`render_conversation`](Self::render_conversation), with the index 0.
    pub fn render(
        &self,
        message: &Message,
        render_options: Option<&RenderOptions>,
    ) -> Result<Vec<u32>> {
        conversation::message(self.tokenizer(), message, render_options)
    }

    /// Appends the tokens of one message to `into`.
    ///
    /// # Errors
    /// As [`render`](Self::render).
    pub fn render_into<B: Extend<u32>>(
        &self,
        message: &Message,
        into: &mut B,
        render_options: Option<&RenderOptions>,
    ) -> Result<()> {
        into.extend(self.render(message, render_options)?);
        Ok(())
    }
}

/// Conversations to tokens, with a choice of everything that the format leaves open.
impl HarmonyEncoding {
    /// The tokens of a conversation, and which of them belongs to which part of which message.
    ///
    /// # Errors
    /// As [`render_conversation`](Self::render_conversation); further a tool whose parameters are not a JSON Schema, if
    /// the format looks at that, and response formats without a message that can hold them.
    pub fn render_with<'a, I>(&self, conversation: I, spec: &RenderSpec) -> Result<Rendered>
    where
        I: IntoIterator<Item = &'a Message>,
    {
        let messages = conversation.into_iter().collect::<Vec<_>>();
        conversation::with_spans(self.tokenizer(), &messages, spec, None, Vec::new())
    }

    /// As [`render_with`](Self::render_with). What the conversation has in common with earlier ones of the same format is copied from
    /// what is `known`. The tokens are in the memory of the vector, whose values are lost.
    ///
    /// # Errors
    /// As [`render_with`](Self::render_with).
    pub(crate) fn render_knowing<'a, I>(
        &self,
        conversation: I,
        spec: &RenderSpec,
        known: &Known,
        tokens: Vec<u32>,
    ) -> Result<Rendered>
    where
        I: IntoIterator<Item = &'a Message>,
    {
        let messages = conversation.into_iter().collect::<Vec<_>>();
        conversation::with_spans(self.tokenizer(), &messages, spec, Some(known), tokens)
    }

    /// Which messages of a conversation to keep so that it renders to at most `max_tokens` tokens: their indices.
    ///
    /// Whole turns go, oldest first, and only as many as necessary. A turn is what the user says, in one message or several, and what
    /// follows up to where the user speaks again. System and developer messages never go, nor the last turn; turns from a call to
    /// its result go together. The cost grows with the length of the conversation, however many turns go.
    ///
    /// ```
    /// use openai_harmony::chat::{Message, Role};
    /// use openai_harmony::render::{Keep, RenderSpec};
    /// use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};
    ///
    /// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
    /// let conversation = [
    ///     Message::from_role_and_content(Role::User, "What is 2 + 2?"),
    ///     Message::from_role_and_content(Role::Assistant, "4").with_channel("final"),
    ///     Message::from_role_and_content(Role::User, "And 3 + 3?"),
    /// ];
    /// let kept = encoding.fit(&conversation, &RenderSpec::for_completion(), 20, &Keep::default())?;
    /// assert_eq!(kept, [2]);
    /// # Ok::<(), openai_harmony::HarmonyError>(())
    /// ```
    ///
    /// # Errors
    /// As [`render_with`](Self::render_with), and [`RenderErrorKind::TooLong`](crate::error::RenderErrorKind::TooLong) if what
    /// must stay exceeds `max_tokens`.
    pub fn fit<'a, I>(
        &self,
        conversation: I,
        spec: &RenderSpec,
        max_tokens: usize,
        keep: &Keep,
    ) -> Result<Vec<usize>>
    where
        I: IntoIterator<Item = &'a Message>,
    {
        let messages: Vec<&Message> = conversation.into_iter().collect();
        Ok(fit::fit(
            self.tokenizer(),
            &messages,
            spec,
            max_tokens,
            keep,
        )?)
    }

    /// Renders many conversations on several threads; without a number, on as many as the machine runs at once.
    ///
    /// The results are in the order of the conversations, each as [`render_with`](Self::render_with) gives it. The
    /// calling thread takes the conversations from their source while the others render those that it has taken.
    ///
    /// ```
    /// use openai_harmony::chat::{Conversation, Message, Role};
    /// use openai_harmony::render::RenderSpec;
    /// use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};
    ///
    /// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
    /// let conversations: Vec<Conversation> = (0..100)
    ///     .map(|n| Conversation::from_messages([Message::from_role_and_content(Role::User, format!("{n}!"))]))
    ///     .collect();
    /// let prompts = encoding.render_batch(&conversations, &RenderSpec::for_completion(), None);
    /// assert_eq!(prompts.len(), 100);
    /// assert_eq!(prompts[7], encoding.render_with(&conversations[7], &RenderSpec::for_completion()));
    /// # Ok::<(), openai_harmony::HarmonyError>(())
    /// ```
    pub fn render_batch<I>(
        &self,
        conversations: I,
        spec: &RenderSpec,
        threads: Option<NonZeroUsize>,
    ) -> Vec<Result<Rendered>>
    where
        I: IntoIterator,
        I::Item: AsRef<[Message]> + Send,
    {
        parallel::map_with_rest(conversations, threads, |conversation| {
            (self.render_with(conversation.as_ref(), spec), conversation)
        })
    }
}
