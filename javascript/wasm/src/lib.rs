//! The functions of the WebAssembly modules: arguments in, one call of the library, an answer out.
//!
//! JavaScript writes texts and token ids into the buffers of [`memory`], passes their lengths, and reads the [`answer`].
//! Parsers, transcripts and other objects stay here, and JavaScript has their [`handles`].

mod answer;
mod failure;
mod handles;
mod memory;
mod options;
mod parser;
mod utf16;

#[cfg(feature = "api")]
mod api;
#[cfg(feature = "api")]
mod grammar;
#[cfg(feature = "tokens")]
mod parse;
#[cfg(feature = "tokens")]
mod render;
#[cfg(feature = "tokens")]
mod tokenizer;
#[cfg(feature = "tokens")]
mod transcript;

use openai_harmony::{load_checked, HarmonyEncoding, HarmonyEncodingName};

use failure::Failure;

/// The one encoding there is. Making it loads no vocabulary.
fn encoding() -> Result<HarmonyEncoding, Failure> {
    Ok(load_checked(HarmonyEncodingName::HarmonyGptOss, None)?)
}
