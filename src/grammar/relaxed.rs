//! Schemas that GBNF, `check` and the matcher cannot follow to the letter.

use serde_json::{json, Value};

use super::language::Body;
use super::options::Unsupported;
use super::schema::{compile, JsonRules};
use crate::error::GrammarError;

/// A schema that was replaced by "any JSON object" (for an answer: any JSON value).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relaxed {
    /// Whose schema: `the tool "functions.NAME"` or `the response format`.
    pub of: String,
    /// Why: the keyword and its place.
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
    /// [`GrammarError::Schema`] for a keyword that no rule can be made of, unless it may be relaxed.
    pub(super) fn new(bodies: &[Body], unsupported: Unsupported) -> Result<Self, GrammarError> {
        let mut rules = Self {
            bodies: vec![],
            relaxed: vec![],
        };
        for body in bodies {
            let compiled = compile(&body.schema, &body.of).or_else(|reason| {
                if unsupported == Unsupported::Error || !reason.is_keyword() {
                    return Err(reason);
                }
                let of = body.of.clone();
                rules.relaxed.push(Relaxed { of, reason });
                compile(&wider(body), &body.of)
            })?;
            rules.bodies.push(compiled);
        }
        Ok(rules)
    }
}

/// A schema that everything fits that may be meant by the body's.
fn wider(body: &Body) -> Value {
    if body.is_answer {
        json!({})
    } else {
        json!({"type": "object", "additionalProperties": true})
    }
}
