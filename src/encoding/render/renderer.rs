//! Messages to tokens, in any format.

use std::borrow::Cow;

use super::context::Context;
use super::format::{RenderFormat, ToolResultForm};
use super::known::Known;
use super::prompt::{write_developer, write_system};
use super::span::Extent;
use super::spec::OpenMessage;
use crate::chat::{Content, Message, Role};
use crate::encoding::header::write::{write_header, HeaderFields};
use crate::encoding::segment::Segment;
use crate::encoding::special::FormattingToken::{self, Call, End, Message as MessageMark};
use crate::error::RenderErrorKind;
use crate::tokenizer::Tokenizer;

/// Writes messages in one format.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Renderer<'a> {
    pub(crate) tokenizer: &'a Tokenizer,
    pub(crate) format: &'a RenderFormat,
    pub(crate) context: Context<'a>,
    /// What other conversations had.
    pub(crate) known: Option<&'a Known>,
}

/// Room for the text of a system message, or for a few tools.
const PROMPT: usize = 512;

impl Renderer<'_> {
    /// Appends the tokens of one message and returns the extent of its parts.
    ///
    /// # Errors
    /// Content in a message of the wrong role, a tool without a name, a tool's parameters that are not a JSON Schema.
    /// `tokens` then ends with a part of the message.
    pub(crate) fn message_into(
        &self,
        message: &Message,
        tokens: &mut Vec<u32>,
    ) -> Result<Extent, RenderErrorKind> {
        let start = tokens.len();
        self.header_into(HeaderFields::from(message), tokens)?;
        self.special_into(MessageMark, tokens);
        let content = tokens.len();
        for part in &message.content {
            self.content_into(part, message.author.role, tokens)?;
        }
        let ending = tokens.len();
        self.special_into(ending_of(message), tokens);
        Ok(Extent {
            start,
            content,
            ending,
            end: tokens.len(),
        })
    }

    /// Appends the tokens of the beginning of a message.
    ///
    /// # Errors
    /// A tool, which would need a name.
    pub(crate) fn open_message_into(
        &self,
        open: &OpenMessage,
        tokens: &mut Vec<u32>,
    ) -> Result<Extent, RenderErrorKind> {
        let start = tokens.len();
        let author = open.author();
        match open.role {
            // Release 0.0.8 lets a prompt end in `<|start|>tool`.
            Role::Tool => {
                self.special_into(FormattingToken::Start, tokens);
                self.text_into(Role::Tool.as_str(), tokens);
            }
            _ => self.header_into(open.header_fields(&author), tokens)?,
        }
        if open.content.is_some() {
            self.special_into(MessageMark, tokens);
        }
        let content = tokens.len();
        if let Some(text) = &open.content {
            self.text_into(text, tokens);
        }
        let end = tokens.len();
        Ok(Extent {
            start,
            content,
            ending: end,
            end,
        })
    }

    fn header_into(
        &self,
        fields: HeaderFields<'_>,
        tokens: &mut Vec<u32>,
    ) -> Result<(), RenderErrorKind> {
        let write = |tokens: &mut Vec<u32>| {
            write_header(fields, self.format.header_style(), &mut |segment| {
                segment.encode_into(self.tokenizer, tokens);
            })
        };
        match self.known {
            Some(known) => known.header(fields, tokens, write),
            None => write(tokens),
        }
    }

    fn special_into(&self, token: FormattingToken, tokens: &mut Vec<u32>) {
        Segment::Special(token).encode_into(self.tokenizer, tokens);
    }

    fn text_into(&self, text: &str, tokens: &mut Vec<u32>) {
        Segment::Text(text).encode_into(self.tokenizer, tokens);
    }

    fn content_into(
        &self,
        content: &Content,
        role: Role,
        tokens: &mut Vec<u32>,
    ) -> Result<(), RenderErrorKind> {
        let style = self.format.prompts;
        match content {
            Content::Text(text) if role == Role::Tool => {
                let text = tool_result(&text.text, self.format.tool_results);
                self.text_into(&text, tokens);
            }
            Content::Text(text) => self.text_into(&text.text, tokens),
            Content::SystemContent(system) if role == Role::System => {
                let mut prompt = String::with_capacity(PROMPT);
                write_system(system, self.context.has_function_tools, style, &mut prompt)?;
                self.prompt_into(&prompt, tokens);
            }
            Content::SystemContent(_) => {
                return Err(RenderErrorKind::MisplacedSystemContent(role));
            }
            Content::DeveloperContent(developer) if role == Role::Developer => {
                let instructions = developer.instructions.as_ref().map_or(0, String::len);
                let mut prompt = String::with_capacity(instructions + PROMPT);
                let tools =
                    write_developer(developer, self.context.owed_formats, style, &mut prompt)?;
                // Tools are the same in many conversations, instructions are not. No token crosses the empty line between them, so they
                // can be encoded one after the other.
                let (instructions, tools) = prompt.split_at(tools);
                self.text_into(instructions, tokens);
                self.prompt_into(tools, tokens);
            }
            Content::DeveloperContent(_) => {
                return Err(RenderErrorKind::MisplacedDeveloperContent(role));
            }
        }
        Ok(())
    }

    /// Appends the tokens of a text that other conversations may have, too.
    fn prompt_into(&self, text: &str, tokens: &mut Vec<u32>) {
        let write = |tokens: &mut Vec<u32>| self.text_into(text, tokens);
        match self.known {
            Some(known) => known.prompt(text, tokens, write),
            None => write(tokens),
        }
    }
}

fn tool_result(text: &str, form: ToolResultForm) -> Cow<'_, str> {
    match form {
        ToolResultForm::AsGiven => Cow::Borrowed(text),
        ToolResultForm::JsonString => Cow::Owned(serde_json::Value::from(text).to_string()),
    }
}

/// A message of the model with a recipient is a call.
pub(crate) fn ending_of(message: &Message) -> FormattingToken {
    if message.author.role == Role::Assistant && message.recipient.is_some() {
        Call
    } else {
        End
    }
}
