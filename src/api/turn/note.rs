//! What was left out of an answer, or is wrong with it.

use serde::{Deserialize, Serialize};

use crate::named::named_enum;
/// Something that a server may want to log: the answer does not show it.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// The choice, from 0.
    pub choice: usize,
    /// To whom the message went, for example `functions.get_weather`; for an invented message, its author.
    pub name: String,
    /// The text of the message.
    pub text: String,
}

named_enum! {
    "kind of note",
    /// What a note is about.
    #[non_exhaustive]
    pub enum NoteKind {
        /// The model wrote a message of somebody else, for example the result of a tool. It was left out.
        InventedMessage = "invented_message",
        /// A call that the request does not allow. It was left out.
        SuppressedCall = "suppressed_call",
        /// The arguments of a call are not JSON. They were passed on as they are.
        InvalidArguments = "invalid_arguments",
    }
}
