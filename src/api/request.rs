//! What the requests of both APIs have in common.
//!
//! A body is read field by field through a [`Node`](node::Node), which knows the path of every value, so that an error
//! names the one that is wrong.

pub(super) mod answer_form;
pub(super) mod calls;
pub(super) mod date;
pub(super) mod effort;
pub(super) mod head;
pub(super) mod history;
pub(super) mod json;
pub(super) mod node;
pub(super) mod parameters;
pub(super) mod prompt;
pub(super) mod text;
pub(super) mod tool_choice;
pub(super) mod tools;
pub(super) mod truncation;
