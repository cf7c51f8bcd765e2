//! Tokens that are copied: conversations of one data set have the same headers, and mostly the same system messages and tools.

use std::cell::RefCell;

use crate::chat::Author;
use crate::encoding::header::write::HeaderFields;

/// Tokens of the headers and prompts that were rendered first, by one encoding in one format.
///
/// For one thread, and for few conversations at a time: nothing is ever forgotten, and once it is full, nothing is added. So it takes
/// at most 16 times 64 KiB of text and its tokens.
#[derive(Debug, Default)]
pub(crate) struct Known {
    headers: RefCell<Vec<(Header, Vec<u32>)>>,
    prompts: RefCell<Vec<(String, Vec<u32>)>>,
}

/// How many headers, and how many prompts are kept. They are compared one by one.
const MOST: usize = 16;

/// The longest text that is kept.
const LONGEST: usize = 64 << 10;

impl Known {
    /// Appends the tokens of a header, which `write` appends if they are not known.
    ///
    /// # Errors
    /// That of `write`.
    pub(super) fn header<E>(
        &self,
        fields: HeaderFields<'_>,
        tokens: &mut Vec<u32>,
        write: impl FnOnce(&mut Vec<u32>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut headers = self.headers.borrow_mut();
        if let Some((_, known)) = headers.iter().find(|(header, _)| header.is(fields)) {
            tokens.extend_from_slice(known);
            return Ok(());
        }
        let start = tokens.len();
        write(tokens)?;
        if headers.len() < MOST && length(fields) <= LONGEST {
            headers.push((Header::of(fields), tokens[start..].to_vec()));
        }
        Ok(())
    }

    /// Appends the tokens of a text, which `write` appends if they are not known.
    pub(super) fn prompt(
        &self,
        text: &str,
        tokens: &mut Vec<u32>,
        write: impl FnOnce(&mut Vec<u32>),
    ) {
        let mut prompts = self.prompts.borrow_mut();
        if let Some((_, known)) = prompts.iter().find(|(known, _)| known == text) {
            tokens.extend_from_slice(known);
            return;
        }
        let start = tokens.len();
        write(tokens);
        if prompts.len() < MOST && text.len() <= LONGEST {
            prompts.push((text.to_owned(), tokens[start..].to_vec()));
        }
    }
}

/// The fields of a header.
#[derive(Debug)]
struct Header {
    author: Author,
    recipient: Option<String>,
    channel: Option<String>,
    content_type: Option<String>,
}

impl Header {
    fn of(fields: HeaderFields<'_>) -> Self {
        Self {
            author: fields.author.clone(),
            recipient: fields.recipient.map(str::to_owned),
            channel: fields.channel.map(str::to_owned),
            content_type: fields.content_type.map(str::to_owned),
        }
    }

    fn is(&self, fields: HeaderFields<'_>) -> bool {
        self.author == *fields.author
            && self.channel.as_deref() == fields.channel
            && self.recipient.as_deref() == fields.recipient
            && self.content_type.as_deref() == fields.content_type
    }
}

/// How many bytes the fields have.
fn length(fields: HeaderFields<'_>) -> usize {
    let optional = [fields.recipient, fields.channel, fields.content_type];
    let name = fields.author.name.as_deref();
    let texts = optional.into_iter().chain([name]).flatten();
    texts.map(str::len).sum()
}

#[cfg(test)]
mod tests {
    use super::{Known, MOST};

    fn prompt(known: &Known, text: &str) -> (Vec<u32>, bool) {
        let mut tokens = vec![7];
        let mut is_written = false;
        known.prompt(text, &mut tokens, |tokens| {
            is_written = true;
            tokens.extend(text.bytes().map(u32::from));
        });
        (tokens, is_written)
    }

    #[test]
    fn a_prompt_is_written_once() {
        let known = Known::default();
        assert_eq!(prompt(&known, "ab"), (vec![7, 97, 98], true));
        assert_eq!(prompt(&known, "ab"), (vec![7, 97, 98], false));
        assert_eq!(prompt(&known, "ac"), (vec![7, 97, 99], true));
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let known = Known::default();
        let long = "x".repeat(super::LONGEST + 1);
        assert!(prompt(&known, &long).1 && prompt(&known, &long).1);
        for number in 0..2 * MOST {
            assert!(prompt(&known, &number.to_string()).1);
        }
        assert!(!prompt(&known, &(MOST - 1).to_string()).1);
        assert!(prompt(&known, &MOST.to_string()).1);
    }
}
