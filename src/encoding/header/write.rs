//! A message's header as segments.

use super::content_type::constrained_word;
use super::style::{ContentTypeForm, HeaderOrder, HeaderStyle};
use crate::chat::{Author, Message, Role};
use crate::encoding::segment::Segment;
use crate::encoding::special::FormattingToken::{Channel, Constrain, Start};
use crate::error::RenderErrorKind;

/// The fields of a header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeaderFields<'a> {
    pub(crate) author: &'a Author,
    pub(crate) recipient: Option<&'a str>,
    pub(crate) channel: Option<&'a str>,
    pub(crate) content_type: Option<&'a str>,
}

impl<'a> From<&'a Message> for HeaderFields<'a> {
    fn from(message: &'a Message) -> Self {
        Self {
            author: &message.author,
            recipient: message.recipient.as_deref(),
            channel: message.channel.as_deref(),
            content_type: message.content_type.as_deref(),
        }
    }
}

/// Writes `<|start|>` and the header's words, up to but without `<|message|>`.
///
/// # Errors
/// A tool without a name.
pub(crate) fn write_header(
    fields: HeaderFields<'_>,
    style: HeaderStyle,
    emit: &mut impl FnMut(Segment<'_>),
) -> Result<(), RenderErrorKind> {
    emit(Segment::Special(Start));
    write_author(fields.author, emit)?;
    if channel_comes_first(fields.channel, style.order) {
        write_channel(fields.channel, emit);
        write_recipient(fields.recipient, emit);
    } else {
        write_recipient(fields.recipient, emit);
        write_channel(fields.channel, emit);
    }
    write_content_type(fields, style.content_types, emit);
    Ok(())
}

fn channel_comes_first(channel: Option<&str>, order: HeaderOrder) -> bool {
    match order {
        HeaderOrder::RecipientFirst => false,
        HeaderOrder::ChannelFirst => true,
        HeaderOrder::ChannelFirstOnCommentary => channel == Some("commentary"),
    }
}

/// A tool is announced by its name alone, everyone else by the role and perhaps a name after it.
fn write_author(
    author: &Author,
    emit: &mut impl FnMut(Segment<'_>),
) -> Result<(), RenderErrorKind> {
    match (author.role, author.name.as_deref()) {
        (Role::Tool, None) => return Err(RenderErrorKind::UnnamedTool),
        (Role::Tool, Some(name)) => emit(Segment::Text(name)),
        (role, None) => emit(Segment::Text(role.as_str())),
        (role, Some(name)) => {
            emit(Segment::Text(role.as_str()));
            emit(Segment::Text(&format!(":{name}")));
        }
    }
    Ok(())
}

fn write_recipient(recipient: Option<&str>, emit: &mut impl FnMut(Segment<'_>)) {
    if let Some(recipient) = recipient.filter(|&recipient| recipient != "all") {
        emit(Segment::Text(&format!(" to={recipient}")));
    }
}

fn write_channel(channel: Option<&str>, emit: &mut impl FnMut(Segment<'_>)) {
    if let Some(channel) = channel {
        emit(Segment::Special(Channel));
        emit(Segment::Text(channel));
    }
}

fn write_content_type(
    fields: HeaderFields<'_>,
    form: ContentTypeForm,
    emit: &mut impl FnMut(Segment<'_>),
) {
    let implied = (form == ContentTypeForm::PlainOrJson && is_call(fields)).then_some("json");
    let Some(content_type) = fields.content_type.or(implied) else {
        return;
    };
    let constrained = constrained_word(content_type);
    match form {
        ContentTypeForm::AsGiven => match constrained {
            Some(word) => write_constrained(word, emit),
            None => emit(Segment::Text(&format!(" {content_type}"))),
        },
        ContentTypeForm::Constrained => {
            write_constrained(constrained.unwrap_or(content_type), emit);
        }
        ContentTypeForm::Plain | ContentTypeForm::PlainOrJson => {
            let word = constrained.unwrap_or(content_type).trim_start();
            if !word.is_empty() {
                emit(Segment::Text(&format!(" {word}")));
            }
        }
    }
}

fn write_constrained(word: &str, emit: &mut impl FnMut(Segment<'_>)) {
    emit(Segment::Text(" "));
    emit(Segment::Special(Constrain));
    emit(Segment::Text(word));
}

fn is_call(fields: HeaderFields<'_>) -> bool {
    fields.author.role == Role::Assistant && fields.recipient.is_some_and(|to| to != "all")
}
