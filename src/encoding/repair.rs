//! Repairs: what lenient parsing dropped, added or read otherwise.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::named::named_enum;

/// A place where the stream left the format, and what the parser did about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Repair {
    /// What kind of slip it was.
    pub kind: RepairKind,
    /// The tokens that belong to no message because of it, as positions in the stream; in JSON the fields `start` and
    /// `end`. The range is empty where nothing was dropped: something was missing there, or was read although it should
    /// have been written otherwise.
    #[serde(flatten)]
    pub tokens: Range<usize>,
    /// The text in question, special tokens written as text.
    pub text: String,
}

named_enum! {
    "repair kind",
    /// The kind of a repair.
    #[non_exhaustive]
    pub enum RepairKind {
        /// A header that `<|start|>` started again (H3); its words were dropped.
        RestartedHeader = "restarted_header",
        /// `<|start|>` and the role although the prompt had ended in them (H4).
        RepeatedStart = "repeated_start",
        /// A role word that was written twice or glued to the next word (H3).
        RepeatedRole = "repeated_role",
        /// A word in the role's place that is not a role: it was read as the name of a tool (H9).
        UnknownRole = "unknown_role",
        /// A channel, recipient or content type that was written again; the later one counts (H5, H6, H7).
        SupersededField = "superseded_field",
        /// `<|channel|>`, `<|constrain|>` or `to=` without a word after it.
        EmptyField = "empty_field",
        /// A channel's name with other letters, marks or whitespace around it (H7).
        ChannelSpelling = "channel_spelling",
        /// A channel's name without `<|channel|>` (H9).
        UnmarkedChannel = "unmarked_channel",
        /// `to=NAME` with whitespace (H5).
        RecipientSpelling = "recipient_spelling",
        /// A tool's name without `to=`, or after `<|constrain|>` (H5).
        UnmarkedRecipient = "unmarked_recipient",
        /// Words in a header that are not part of one (H8).
        UnexpectedWords = "unexpected_words",
        /// A special token in a place where it means nothing (C1).
        UnexpectedSpecial = "unexpected_special",
        /// A header without `<|message|>`; what was not a header was read as content, which begins there (H1, H2).
        MissingMessage = "missing_message",
        /// A header at the end of the stream, or before a stop token, that makes no message (H1, H2).
        AbandonedHeader = "abandoned_header",
        /// A message without `<|start|>` (B1).
        MissingStart = "missing_start",
        /// Whitespace between messages (B1).
        BlankBetween = "blank_between",
        /// A stop token between messages (B1).
        RepeatedStop = "repeated_stop",
        /// A message that the start of the next one ended (C1).
        MissingStop = "missing_stop",
        /// Tokens that strict parsing refused with an error.
        Refused = "refused",
    }
}
