//! The data model of a conversation.
