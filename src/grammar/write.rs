//! The grammar in the languages of engines.

mod gbnf;
mod lark;
mod notation;
mod stops;
mod xgrammar;

pub use xgrammar::{XgrammarLevel, XgrammarOptions};

use serde_json::Value;

use super::{GrammarError, OutputGrammar};
use stops::Stops;

impl OutputGrammar {
    /// A structural tag for xgrammar: vLLM, SGLang, TensorRT-LLM, lmdeploy.
    ///
    /// ```
    /// use openai_harmony::grammar::{OutputGrammar, XgrammarOptions};
    ///
    /// let tag = OutputGrammar::builder().build()?.to_xgrammar(&XgrammarOptions::default())?;
    /// assert_eq!(tag["type"], "structural_tag");
    /// # Ok::<(), openai_harmony::grammar::GrammarError>(())
    /// ```
    ///
    /// # Errors
    /// [`GrammarError::ParallelStop`], [`GrammarError::StopToken`].
    pub fn to_xgrammar(&self, options: &XgrammarOptions) -> Result<Value, GrammarError> {
        let stops = Stops::new(options.stop_tokens.as_deref(), self.shared.parallel)?;
        Ok(xgrammar::write(&self.shared.language, &stops, options))
    }

    /// A Lark grammar for llguidance: mistral.rs, vLLM's guidance backend, llama.cpp with llguidance.
    ///
    /// Outputs end in `<|return|>` and `<|call|>` whatever the engine's stop tokens are.
    ///
    /// `guard_strings` keeps `<|` out of JSON strings. llama.cpp needs that, which takes the special tokens of harmony for their text;
    /// other engines do not. Objects that declare properties have no others then.
    ///
    /// ```
    /// use openai_harmony::grammar::OutputGrammar;
    ///
    /// let lark = OutputGrammar::builder().build()?.to_llguidance(false);
    /// assert!(lark.starts_with("%llguidance {}"));
    /// # Ok::<(), openai_harmony::grammar::GrammarError>(())
    /// ```
    pub fn to_llguidance(&self, guard_strings: bool) -> String {
        lark::write(&self.shared.language, guard_strings)
    }

    /// A GBNF grammar for llama.cpp. `stop_tokens` are the ids at which the engine stops; without them, those of the model file.
    ///
    /// Text and JSON strings never have `<|` before a small letter: llama.cpp would take a special token for its text.
    ///
    /// # Errors
    /// [`GrammarError::Schema`] for a keyword that GBNF cannot enforce, [`GrammarError::ParallelStop`],
    /// [`GrammarError::StopToken`].
    pub fn to_gbnf(&self, stop_tokens: Option<&[u32]>) -> Result<String, GrammarError> {
        let stops = Stops::new(stop_tokens, self.shared.parallel)?;
        gbnf::write(&self.shared.language, &self.rules()?.bodies, &stops)
    }
}
