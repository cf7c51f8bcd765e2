//! Whole masks, which llguidance computes: which of all tokens may come next. With the Cargo feature `llguidance`.

mod vocabulary;

use std::sync::Arc;

use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::TokEnv;
use llguidance::ParserFactory;

use super::OutputGrammar;
use vocabulary::Vocabulary;

/// Makes [`Masks`] for any number of grammars and threads. It takes about a second to make, so make one for the whole program.
///
/// ```
/// use openai_harmony::grammar::{MaskFactory, OutputGrammar};
///
/// let factory = MaskFactory::new()?;
/// let mut masks = factory.masks(&OutputGrammar::builder().build()?)?;
/// assert!(masks.mask()?.allows(200005)); // <|channel|>
/// masks.accept(200005)?;
/// assert!(!masks.mask()?.allows(200005));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MaskFactory {
    parsers: ParserFactory,
}

/// Follows one output, and computes the mask of the next token.
pub struct Masks {
    matcher: llguidance::Matcher,
}

/// A bit for every row of the model's output layer, of which gpt-oss has 201,088.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    bits: Box<[u32]>,
}

/// What llguidance reports: a schema that it cannot compile, a token that is not allowed, or one of its limits.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[error("llguidance: {0}")]
pub struct MaskError(String);

impl MaskFactory {
    /// Builds llguidance's tree of the vocabulary.
    ///
    /// # Errors
    /// [`MaskError`] if llguidance refuses the vocabulary.
    pub fn new() -> Result<Self, MaskError> {
        let environment: TokEnv = Arc::new(Vocabulary::new());
        let mut parsers = ParserFactory::new_simple(&environment).map_err(error)?;
        parsers.quiet();
        Ok(Self { parsers })
    }

    /// The masks of one output.
    ///
    /// # Errors
    /// [`MaskError`] for a schema that llguidance cannot compile.
    pub fn masks(&self, grammar: &OutputGrammar) -> Result<Masks, MaskError> {
        let lark = TopLevelGrammar::from_lark(grammar.to_llguidance(false));
        let parser = self.parsers.create_parser(lark).map_err(error)?;
        let matcher = llguidance::Matcher::new(Ok(parser));
        Ok(Masks { matcher })
    }
}

impl Masks {
    /// The mask of the next token. After a whole output it only has `<|return|>`.
    ///
    /// # Errors
    /// [`MaskError`] for one of llguidance's limits, and after any other error.
    pub fn mask(&mut self) -> Result<Mask, MaskError> {
        let mask = self.matcher.compute_mask_or_eos().map_err(error)?;
        Ok(Mask {
            bits: mask.as_slice().into(),
        })
    }

    /// Advances by one token.
    ///
    /// # Errors
    /// [`MaskError`] for a token that is not allowed. Every later call has the same error.
    pub fn accept(&mut self, token: u32) -> Result<(), MaskError> {
        self.matcher.consume_token(token).map_err(error)
    }

    /// Whether the output is whole, so that no token follows.
    pub fn is_complete(&self) -> bool {
        self.matcher.is_stopped() && !self.matcher.is_error()
    }
}

impl Mask {
    /// Whether the token may come.
    pub fn allows(&self, token: u32) -> bool {
        let word = self.bits.get(token as usize / 32);
        word.is_some_and(|word| word >> (token % 32) & 1 == 1)
    }

    /// The bits, 32 tokens to a number, the first in the lowest bit.
    pub fn bits(&self) -> &[u32] {
        &self.bits
    }
}

fn error(error: impl std::fmt::Display) -> MaskError {
    // With its causes, which are errors of other crates.
    MaskError(format!("{error:#}"))
}
