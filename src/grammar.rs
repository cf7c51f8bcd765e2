//! Grammars for constrained decoding: what a model may write after `<|start|>assistant`, given the request.
//!
//! ```
//! use openai_harmony::grammar::{OutputGrammar, Tool, ToolChoice};
//! use openai_harmony::tokenizer::Tokenizer;
//! use serde_json::json;
//!
//! let parameters = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
//! let grammar = OutputGrammar::builder()
//!     .tool(Tool::function("get_weather", Some(parameters)))
//!     .tool_choice(ToolChoice::Required)
//!     .build()?;
//!
//! let encode = |text| Tokenizer::o200k_harmony().encode_with_special_tokens(text);
//! let call = r#"<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city":"Rome"}<|call|>"#;
//! assert!(grammar.check(&encode(call))?.is_ok());
//!
//! let answer = grammar.check(&encode("<|channel|>final<|message|>Sunny.<|return|>"))?;
//! assert_eq!(answer.refused.map(|refused| refused.index), Some(1));
//! # Ok::<(), openai_harmony::grammar::GrammarError>(())
//! ```

mod automaton;
mod builder;
mod check;
mod compiled;
mod expectation;
mod expression;
mod json;
mod language;
#[cfg(feature = "llguidance")]
mod masks;
mod matcher;
mod options;
mod prefix;
mod relaxed;
mod schema;
mod tool;
mod write;

pub use crate::error::{GrammarError, PrefixFault, SchemaFault};
pub use builder::OutputGrammarBuilder;
pub use check::Checked;
#[cfg(feature = "llguidance")]
pub use masks::{Mask, MaskError, MaskFactory, Masks};
pub use matcher::{Allowed, Matcher, Refused};
pub use options::{Compat, Reasoning, ResponseFormat, Schemas, Unsupported};
pub use relaxed::Relaxed;
pub use tool::{Tool, ToolChoice};
pub use write::{XgrammarLevel, XgrammarOptions};

use std::sync::{Arc, OnceLock};

use crate::encoding::special::FormattingToken;
use compiled::Compiled;
use language::Language;
use relaxed::BodyRules;

/// The grammar of everything that a model may correctly answer to a request.
///
/// A clone shares what was computed.
#[derive(Clone, Debug)]
pub struct OutputGrammar {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    language: Language,
    parallel: bool,
    unsupported: Unsupported,
    /// The rules of the bodies' schemas, for what reads no schemas itself.
    rules: OnceLock<Result<BodyRules, GrammarError>>,
    compiled: OnceLock<Arc<Compiled>>,
}

impl OutputGrammar {
    /// A grammar from its parts: tools, the tool choice, the form of the answer, …
    ///
    /// Without any, the model may think and answer with text.
    pub fn builder() -> OutputGrammarBuilder {
        OutputGrammarBuilder::default()
    }

    fn new(language: Language, parallel: bool, unsupported: Unsupported) -> Self {
        Self {
            shared: Arc::new(Shared {
                language,
                parallel,
                unsupported,
                rules: OnceLock::new(),
                compiled: OnceLock::new(),
            }),
        }
    }

    /// The ids at which the engine must stop: `<|return|>` and `<|call|>`, or only `<|return|>` where calls may follow each other.
    ///
    /// An output of several calls ends in `<|call|>`; the `<|return|>` that the engine stops at after it is not part of it.
    pub fn stop_tokens(&self) -> &'static [u32] {
        const RETURN: u32 = FormattingToken::Return.id();
        const CALL: u32 = FormattingToken::Call.id();
        if self.shared.parallel {
            &[RETURN]
        } else {
            &[RETURN, CALL]
        }
    }

    /// Checks the tokens that were sampled after the prefix.
    ///
    /// # Errors
    /// [`GrammarError::Schema`] for a keyword that cannot be checked.
    pub fn check(&self, tokens: &[u32]) -> Result<Checked, GrammarError> {
        Ok(check::check(self.matcher()?, tokens))
    }

    /// Follows an output token by token.
    ///
    /// # Errors
    /// [`GrammarError::Schema`] for a keyword that cannot be checked.
    pub fn matcher(&self) -> Result<Matcher, GrammarError> {
        Ok(Matcher::new(self.compiled()?.clone()))
    }

    /// The keywords of schemas that GBNF, [`Self::check`] and matchers cannot enforce, and so leave out.
    ///
    /// # Errors
    /// [`GrammarError::Schema`] for such a keyword, unless [`Unsupported::Relax`] was chosen.
    pub fn relaxed(&self) -> Result<&[Relaxed], GrammarError> {
        Ok(&self.rules()?.relaxed)
    }

    fn rules(&self) -> Result<&BodyRules, GrammarError> {
        let Shared {
            language,
            unsupported,
            ..
        } = &*self.shared;
        let rules = self
            .shared
            .rules
            .get_or_init(|| BodyRules::new(&language.bodies, *unsupported));
        rules.as_ref().map_err(Clone::clone)
    }

    fn compiled(&self) -> Result<&Arc<Compiled>, GrammarError> {
        let rules = self.rules()?;
        let compiled = || Arc::new(Compiled::new(&self.shared.language, &rules.bodies));
        Ok(self.shared.compiled.get_or_init(compiled))
    }
}
