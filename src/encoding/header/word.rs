//! The words that headers are made of.

use crate::chat::{Author, Role};
use crate::tokenizer::special;

/// Names of tools that are called without a namespace.
pub const BUILTIN_TOOLS: [&str; 2] = ["browser", "python"];

/// The built-in tool that a name belongs to: `browser` for `browser.search`, `python` for `python`.
///
/// ```
/// # use openai_harmony::builtin_tool;
/// assert_eq!(builtin_tool("browser.search"), Some("browser"));
/// assert_eq!(builtin_tool("functions.browser"), None);
/// ```
pub fn builtin_tool(name: &str) -> Option<&'static str> {
    let namespace = name
        .split_once('.')
        .map_or(name, |(namespace, _)| namespace);
    BUILTIN_TOOLS.into_iter().find(|tool| *tool == namespace)
}

/// The channels that gpt-oss models were trained with.
const CHANNELS: [&str; 3] = ["analysis", "commentary", "final"];

/// Content types that need neither a recipient nor `<|constrain|>` to be recognised.
const CONTENT_TYPES: [&str; 3] = ["json", "code", "text"];

/// `functions.get_weather`, `python`: a name that can only be a tool's.
pub fn is_tool_name(word: &str) -> bool {
    BUILTIN_TOOLS.contains(&word) || is_dotted_name(word)
}

/// `functions.get_weather`: a namespace and a name.
pub fn is_dotted_name(word: &str) -> bool {
    word.contains('.') && word.split('.').all(is_identifier)
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty()
        && part
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

/// `json`, `code` or `text`.
pub fn is_content_type(word: &str) -> bool {
    CONTENT_TYPES.contains(&word)
}

/// The known channel that a word begins with, whatever its case, and the rest of the word.
pub fn split_channel(word: &str) -> Option<(&'static str, &str)> {
    CHANNELS.into_iter().find_map(|channel| {
        let (head, rest) = word.split_at_checked(channel.len())?;
        head.eq_ignore_ascii_case(channel)
            .then_some((channel, rest))
    })
}

/// The role that a word begins with, and the rest of the word.
pub fn split_role(word: &str) -> Option<(Role, &str)> {
    Role::ALL
        .iter()
        .find_map(|role| Some((*role, word.strip_prefix(role.as_str())?)))
}

/// `user:alice`: a role and the name of the speaker.
pub fn named_author(word: &str) -> Option<Author> {
    let (role, name) = word.split_once(':')?;
    Some(Author::new(
        Role::try_from(role).ok()?,
        before_special(name),
    ))
}

/// Whether more letters would make the word a role: `assis`.
pub fn is_cut_off_role(word: &str) -> bool {
    is_cut_off(word, Role::ALL.iter().map(Role::as_str))
}

/// Whether more letters would make the word a content type: `js`.
pub fn is_cut_off_type(word: &str) -> bool {
    is_cut_off(word, CONTENT_TYPES)
}

fn is_cut_off<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> bool {
    known
        .into_iter()
        .any(|full| full.len() > word.len() && full.starts_with(word))
}

/// The part of a word before any special-token text.
pub fn before_special(word: &str) -> &str {
    special::find(word, 0, |_, _| true).map_or(word, |found| &word[..found.start])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_a_special_token_begins() {
        for (word, kept) in [
            ("functions.run", "functions.run"),
            ("functions.run<|channel|>commentary", "functions.run"),
            ("<|start|>assistant", ""),
            ("a<|b<|end|>", "a<|b"),
            ("a<|nothing|>b<|reserved_200017|>", "a<|nothing|>b"),
            ("<|<|>|>", "<|<|>|>"),
        ] {
            assert_eq!(before_special(word), kept, "{word}");
        }
    }

    #[test]
    fn tool_names_are_dotted_or_built_in() {
        for (word, expected) in [
            ("functions.f", true),
            ("mcp.server-1.list_items", true),
            ("python", true),
            ("robot", false),
            ("functions.", false),
            ("3.5?", false),
            ("{\"a\":1.5}", false),
        ] {
            assert_eq!(is_tool_name(word), expected, "{word}");
        }
    }
}
