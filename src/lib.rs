//! The harmony response format of gpt-oss models: conversations to tokens and tokens to messages.

pub mod chat;
