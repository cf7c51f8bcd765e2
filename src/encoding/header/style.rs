//! What the format leaves open in a header: the choices in which renderers of harmony differ.

use serde::{Deserialize, Serialize};

/// How headers are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeaderStyle {
    pub(crate) order: HeaderOrder,
    pub(crate) content_types: ContentTypeForm,
}

/// The order of recipient and channel in a header.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "snake_case")]
pub enum HeaderOrder {
    /// `assistant to=functions.f<|channel|>commentary`, as release 0.0.8 writes.
    #[default]
    RecipientFirst,
    /// `assistant<|channel|>commentary to=functions.f`, as the models themselves mostly write.
    ChannelFirst,
    /// The channel first on `commentary`, the recipient first everywhere else, as `oss-harmony` writes.
    ChannelFirstOnCommentary,
}

/// How a content type is written.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[serde(rename_all = "snake_case")]
pub enum ContentTypeForm {
    /// `json` as a plain word and `<|constrain|>json` behind the special token, as the message has it.
    #[default]
    AsGiven,
    /// Always behind `<|constrain|>`.
    Constrained,
    /// Always a plain word.
    Plain,
    /// Always a plain word, and `json` for a call that has no content type.
    PlainOrJson,
}
