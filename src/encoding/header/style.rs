//! What the format leaves open in a header: the choices in which renderers of harmony differ.

use crate::named::named_enum;

/// How headers are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeaderStyle {
    pub(crate) order: HeaderOrder,
    pub(crate) content_types: ContentTypeForm,
}

named_enum! {
    "header order",
    /// The order of recipient and channel in a header.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum HeaderOrder {
        /// `assistant to=functions.f<|channel|>commentary`, as release 0.0.8 writes.
        #[default]
        RecipientFirst = "recipient_first",
        /// `assistant<|channel|>commentary to=functions.f`, as the models themselves mostly write.
        ChannelFirst = "channel_first",
        /// The channel first on `commentary`, the recipient first everywhere else, as `oss-harmony` writes.
        ChannelFirstOnCommentary = "channel_first_on_commentary",
    }
}

named_enum! {
    "content type form",
    /// How a content type is written.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum ContentTypeForm {
        /// `json` as a plain word and `<|constrain|>json` after the special token, as the message has it.
        #[default]
        AsGiven = "as_given",
        /// Always after `<|constrain|>`.
        Constrained = "constrained",
        /// Always a plain word.
        Plain = "plain",
        /// Always a plain word, and `json` for a call without a content type.
        PlainOrJson = "plain_or_json",
    }
}
