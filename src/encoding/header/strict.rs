//! A header as release 0.0.8 reads it.
//!
//! Callers rely on what it accepts and on what it refuses, down to the order of its steps, so they are the same here.
//! The defects of 0.0.8 that are fixed here are in functions of their own: [`name_in`], [`author_of`] and [`recipient_and_type`].

use super::content_type::without_special_text;
use super::word::{before_special, is_dotted_name, named_author};
use super::Header;
use crate::chat::{Author, Role};
use crate::encoding::special::FormattingToken;
use crate::error::ParseErrorKind;

const CHANNEL: &str = FormattingToken::Channel.text();
const CONSTRAIN: &str = FormattingToken::Constrain.text();

/// Reads the text between `<|start|>` and `<|message|>`, special tokens written as text.
///
/// `role` is the role if it is known already, because the prompt ended in it.
pub fn read(text: &str, role: Option<Role>) -> Result<Header, ParseErrorKind> {
    let (channel, rest) = take_channel(text)?;
    // A content type may follow its recipient without whitespace: `to=functions.f<|constrain|>json`.
    let rest = rest.trim().replace(CONSTRAIN, &format!(" {CONSTRAIN}"));
    let mut words: Vec<&str> = rest.split_ascii_whitespace().collect();

    let author = match role {
        Some(role) => Author::from(role),
        None => author_of(&mut words)?,
    };
    if words.first() == Some(&author.role.as_str()) {
        words.remove(0);
    }
    let (recipient, content_type) = recipient_and_type(&mut words);
    if !words.is_empty() {
        return Err(ParseErrorKind::UnexpectedWords(words.join(" ")));
    }
    Ok(Header {
        author,
        recipient,
        channel,
        content_type,
    })
}

/// Takes the first `<|channel|>NAME` out of the header; the name ends at whitespace or a `<`.
fn take_channel(text: &str) -> Result<(Option<String>, String), ParseErrorKind> {
    let Some((before, after)) = text.split_once(CHANNEL) else {
        return Ok((None, text.to_owned()));
    };
    let end = after
        .find(|c: char| c.is_whitespace() || c == '<')
        .unwrap_or(after.len());
    let (channel, after) = after.split_at(end);
    if channel.is_empty() {
        return Err(ParseErrorKind::EmptyChannel);
    }
    Ok((Some(channel.to_owned()), format!("{before}{after}")))
}

/// The author where the header itself must name it. Words that name a tool are taken away.
///
/// A tool's name needs a recipient beside it or a dot in it; `python` alone stays an unknown role, as in 0.0.8.
fn author_of(words: &mut Vec<&str>) -> Result<Author, ParseErrorKind> {
    let first = *words.first().ok_or(ParseErrorKind::MissingRole)?;
    if let Ok(role) = Role::try_from(first) {
        let name = (role == Role::Tool).then(|| first.to_owned());
        return Ok(Author { role, name });
    }
    if let Some(author) = named_author(first) {
        words.remove(0);
        return Ok(author);
    }
    if words.len() > 1 || first.starts_with("to=") || is_dotted_name(first) {
        words.remove(0);
        return Ok(Author {
            role: Role::Tool,
            name: name_in(first),
        });
    }
    Err(ParseErrorKind::UnknownRole(first.to_owned()))
}

/// Takes the recipient and the content type off the end of the words.
fn recipient_and_type(words: &mut Vec<&str>) -> (Option<String>, Option<String>) {
    let Some(last) = words.pop() else {
        return (None, None);
    };
    if let Some(recipient) = last.strip_prefix("to=") {
        return (explicit_recipient(recipient), None);
    }
    if words.is_empty() && !last.starts_with(CONSTRAIN) {
        return (name_in(last), None);
    }
    let recipient = words.pop().and_then(|word| match word.strip_prefix("to=") {
        Some(recipient) => explicit_recipient(recipient),
        None => name_in(word),
    });
    let content_type = without_special_text(last);
    (
        recipient,
        (!content_type.is_empty()).then_some(content_type),
    )
}

/// `to=` alone is an empty recipient in 0.0.8; one that only a special token made empty is none.
fn explicit_recipient(recipient: &str) -> Option<String> {
    if recipient.is_empty() {
        Some(String::new())
    } else {
        name_in(recipient)
    }
}

/// The word up to the first special-token text, if that leaves anything.
fn name_in(word: &str) -> Option<String> {
    let name = before_special(word);
    (!name.is_empty()).then(|| name.to_owned())
}
