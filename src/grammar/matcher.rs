//! Following an output token by token: what was written, and what may come.

use std::sync::Arc;

use serde_json::Value;

use super::automaton::{Automaton, Node, NodeId};
use super::compiled::Compiled;
use super::expectation::expectation;
use super::json::Reader;
use crate::encoding::special::FormattingToken;
use crate::tokenizer::Tokenizer;

/// Follows one output through a grammar; made by [`OutputGrammar::matcher`](super::OutputGrammar::matcher).
///
/// ```
/// use openai_harmony::grammar::{Allowed, OutputGrammar};
/// use openai_harmony::tokenizer::Tokenizer;
///
/// let mut matcher = OutputGrammar::builder().build()?.matcher()?;
/// let tokens = Tokenizer::o200k_harmony().encode_with_special_tokens("<|channel|>final<|message|>4");
/// assert_eq!(matcher.allowed(), Allowed::Tokens(&[200005]));
/// for token in tokens {
///     matcher.accept(token)?;
/// }
/// assert_eq!(matcher.allowed(), Allowed::Text { ends: &[200002] });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Matcher {
    grammar: Arc<Compiled>,
    node: NodeId,
    /// Inside a JSON body, what was read of it.
    json: Option<Box<Reader>>,
    accepted: usize,
}

/// What may come next.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Allowed<'m> {
    /// One of these ids, in a header or after a message. None, at the end of the output.
    Tokens(&'m [u32]),
    /// Any ordinary token, or one of the ids that end the text.
    Text {
        /// The ids.
        ends: &'m [u32],
    },
    /// JSON that fits a schema, from its beginning or continued.
    Json {
        /// The schema, in the form in which engines get it.
        schema: &'m Value,
        /// The ids that may follow now, if the JSON is complete.
        ends: &'m [u32],
    },
}

/// A token that the grammar does not allow.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[error("token {token} at {index} is not allowed; expected {expected}")]
pub struct Refused {
    /// How many tokens were accepted before it.
    pub index: usize,
    /// The token.
    pub token: u32,
    /// What was expected instead, in words.
    pub expected: String,
}

impl Matcher {
    pub(super) fn new(grammar: Arc<Compiled>) -> Self {
        let mut matcher = Self {
            grammar,
            node: Automaton::START,
            json: None,
            accepted: 0,
        };
        matcher.enter(Automaton::START);
        matcher
    }

    /// How many tokens were accepted.
    pub fn accepted(&self) -> usize {
        self.accepted
    }

    /// Whether the output may end here.
    pub fn is_complete(&self) -> bool {
        self.state().accepts
    }

    /// The stop token that alone is missing, as where an engine strips it.
    pub fn missing_stop(&self) -> Option<u32> {
        let node = self.after_json()?;
        let automaton = &self.grammar.automaton;
        let mut ends = automaton.node(node).specials.iter();
        let stop = ends.find(|(_, next)| automaton.node(*next).accepts);
        stop.map(|(token, _)| token.id())
    }

    /// Advances by one token.
    ///
    /// # Errors
    /// [`Refused`] if the grammar does not allow it; the matcher stays as it was.
    pub fn accept(&mut self, token: u32) -> Result<(), Refused> {
        if self.advance(token) {
            self.accepted += 1;
            return Ok(());
        }
        Err(Refused {
            index: self.accepted,
            token,
            expected: self.expected(),
        })
    }

    /// What may come next.
    pub fn allowed(&self) -> Allowed<'_> {
        let ends = |node| self.grammar.special_ids(node);
        match &self.json {
            None if self.state().free_text => Allowed::Text {
                ends: ends(self.node),
            },
            None => Allowed::Tokens(self.grammar.header_ids(self.node)),
            Some(_) => {
                let (body, _) = self.body();
                Allowed::Json {
                    schema: &self.grammar.bodies[body].schema,
                    ends: self.after_json().map_or(&[], ends),
                }
            }
        }
    }

    fn state(&self) -> &Node {
        self.grammar.automaton.node(self.node)
    }

    /// Goes to a node, and into its JSON body.
    fn enter(&mut self, node: NodeId) {
        self.node = node;
        let program = self
            .state()
            .json
            .map(|(body, _)| self.grammar.program(body));
        self.json = program.map(|program| Box::new(Reader::new(program)));
    }

    /// The JSON body of the node, and the node after it.
    fn body(&self) -> (usize, NodeId) {
        self.state().json.expect("there is a reader")
    }

    /// The node whose special tokens may come: after the body, if there is one and it is complete.
    fn after_json(&self) -> Option<NodeId> {
        match &self.json {
            None => Some(self.node),
            Some(reader) => reader.is_complete().then(|| self.body().1),
        }
    }

    fn advance(&mut self, token: u32) -> bool {
        if Tokenizer::o200k_harmony().is_ordinary_token(token) {
            return self.advance_text(token);
        }
        let special = FormattingToken::from_id(token);
        let next = self
            .after_json()
            .zip(special)
            .and_then(|(node, special)| self.grammar.automaton.node(node).after_special(special));
        next.inspect(|next| self.enter(*next)).is_some()
    }

    fn advance_text(&mut self, token: u32) -> bool {
        if self.state().free_text {
            return true;
        }
        let Some(bytes) = Tokenizer::o200k_harmony().token_bytes(token) else {
            return false;
        };
        if let Some(reader) = &mut self.json {
            let (body, _) = self
                .grammar
                .automaton
                .node(self.node)
                .json
                .expect("there is a reader");
            return reader.read(self.grammar.program(body), bytes);
        }
        let automaton = &self.grammar.automaton;
        let mut bytes = bytes.iter();
        let next = bytes.try_fold(self.node, |node, byte| {
            automaton.node(node).after_byte(*byte)
        });
        next.inspect(|next| self.enter(*next)).is_some()
    }

    fn expected(&self) -> String {
        let (of, node) = match &self.json {
            Some(_) => {
                let (body, _) = self.body();
                (
                    Some(self.grammar.bodies[body].of.as_str()),
                    self.after_json(),
                )
            }
            None => (None, Some(self.node)),
        };
        expectation(&self.grammar.automaton, of, node)
    }
}
