//! Schemas that GBNF, `check` and the matcher cannot follow to the letter.

use super::language::Body;
use super::options::Unsupported;
use super::schema::{compile, JsonRules};
use crate::error::GrammarError;

/// A keyword of a schema that is not enforced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relaxed {
    /// Whose schema: `the tool "functions.NAME"` or `the response format`.
    pub of: String,
    /// The keyword and its place.
    pub reason: GrammarError,
}

/// The rules of all bodies of a grammar.
#[derive(Debug)]
pub(super) struct BodyRules {
    pub(super) bodies: Vec<JsonRules>,
    pub(super) relaxed: Vec<Relaxed>,
}

impl BodyRules {
    /// # Errors
    /// [`GrammarError::Schema`] for a keyword that no rule can be made of, unless it may be left out.
    pub(super) fn new(bodies: &[Body], unsupported: Unsupported) -> Result<Self, GrammarError> {
        let mut rules = Vec::with_capacity(bodies.len());
        let mut relaxed = vec![];
        for Body { of, schema, .. } in bodies {
            let body = compile(schema, of, unsupported)?;
            relaxed.extend(body.relaxed.iter().map(|reason| Relaxed {
                of: of.clone(),
                reason: reason.clone(),
            }));
            rules.push(body);
        }
        Ok(Self {
            bodies: rules,
            relaxed,
        })
    }
}
