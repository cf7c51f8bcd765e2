//! The options of parsing.

use openai_harmony::chat::Role;
use openai_harmony::ParseOptions;
use serde::Deserialize;

/// `{"role", "strict"}`
#[derive(Deserialize)]
pub struct ParserOptions {
    pub role: Option<Role>,
    #[serde(default = "strict")]
    strict: bool,
}

fn strict() -> bool {
    true
}

impl ParserOptions {
    pub fn parse_options(&self) -> ParseOptions {
        ParseOptions {
            strict: self.strict,
        }
    }
}
