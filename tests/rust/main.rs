//! The tests of the crate, through its public interface only.
//!
//! They are one program, because each program compiles and links the crate's generic code once more.

mod answers;
mod api_chat;
mod api_grammars;
mod api_hosted_tools;
mod api_outputs;
mod api_request_promises;
mod api_requests;
mod api_rules;
mod api_streams;
mod architecture;
mod cases;
mod consumers;
mod data;
mod data_limits;
mod data_repeated;
mod format_document;
mod fuzz_corpus;
mod golden_render;
mod grammar;
mod page_programs;
mod parse_cases;
mod parse_limits;
mod parse_promises;
mod promises;
mod render_limits;
mod render_options;
mod render_properties;
mod stream_events;
mod texts;
mod tokenizer;
mod transcript;
