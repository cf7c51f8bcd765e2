//! From the text that was sampled to the text that is sent.

use serde::{Deserialize, Serialize};

use super::custom_input::CustomInput;
use super::stop::StopSearch;

/// What the text of a message passes through. It may hold text back, but never takes any back.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) enum Body {
    /// Thoughts, code: as they are.
    Verbatim,
    /// Content, up to a stop string.
    Content(StopSearch),
    /// Arguments in JSON. Leading whitespace is held: if nothing else comes, `{}` takes its place.
    Arguments { whitespace: Option<String> },
    /// The input of a custom tool.
    CustomInput(CustomInput),
}

impl Body {
    pub fn arguments() -> Self {
        Self::Arguments {
            whitespace: Some(String::new()),
        }
    }

    /// Appends to `out` what can be sent. Returns whether a stop string is complete.
    pub fn push(&mut self, text: &str, out: &mut String) -> bool {
        match self {
            Self::Verbatim => out.push_str(text),
            Self::Content(search) => return search.push(text, out),
            Self::CustomInput(input) => input.push(text, out),
            Self::Arguments { whitespace } => match whitespace {
                None => out.push_str(text),
                Some(held) => {
                    held.push_str(text);
                    if !text.trim().is_empty() {
                        out.push_str(held);
                        *whitespace = None;
                    }
                }
            },
        }
        false
    }

    /// Appends to `out` what was held back. `complete`: whether the model ended the message.
    pub fn finish(&mut self, complete: bool, out: &mut String) {
        match self {
            Self::Verbatim => {}
            Self::Content(search) => search.finish(out),
            Self::CustomInput(input) => {
                input.finish(out);
            }
            Self::Arguments { whitespace } => match whitespace.take() {
                Some(_) if complete => out.push_str("{}"),
                Some(held) => out.push_str(&held),
                None => {}
            },
        }
    }
}
