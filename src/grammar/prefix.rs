//! What is left of a language when its beginning has been written already: the derivative by the prefix.

use super::expression::Expression;
use super::language::{Language, Leaf};
use crate::encoding::special::FormattingToken;
use crate::error::{GrammarError, PrefixFault};
use crate::tokenizer::Tokenizer;

/// What was put after `<|start|>assistant`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Prefix {
    /// Text, in which the text of a special token means that token.
    Text(String),
    /// Token ids.
    Tokens(Vec<u32>),
}

impl Default for Prefix {
    fn default() -> Self {
        Self::Tokens(vec![])
    }
}

#[derive(Clone, Copy)]
enum Symbol {
    Character(char),
    Special(FormattingToken),
}

impl Language {
    /// Makes this the language of what may follow the prefix.
    ///
    /// # Errors
    /// [`GrammarError::Prefix`] if nothing of the language begins with it, if nothing would be left, or if it ends inside JSON.
    pub(super) fn begin_after(&mut self, prefix: &Prefix) -> Result<(), GrammarError> {
        let mut derivative = Derivative {
            language: self,
            inside_json: false,
        };
        let mut rest = derivative.language.start.clone();
        let symbols = symbols(prefix);
        for (index, symbol) in symbols.iter().enumerate() {
            let next = symbol.as_ref().map(|symbol| derivative.of(&rest, *symbol));
            rest = match next {
                Ok(next) if !next.is_impossible() => next,
                _ => {
                    let problem = if derivative.inside_json {
                        PrefixFault::InsideJson
                    } else {
                        PrefixFault::Refused(written(&symbols[..=index]))
                    };
                    let at = written(&symbols[..index]).chars().count();
                    return Err(GrammarError::Prefix { at, problem });
                }
            };
        }
        if rest == Expression::EMPTY {
            return Err(GrammarError::Prefix {
                at: written(&symbols).chars().count(),
                problem: PrefixFault::Complete,
            });
        }
        self.start = rest;
        Ok(())
    }
}

struct Derivative<'l> {
    language: &'l Language,
    /// Whether the last symbol would have gone on into a JSON body.
    inside_json: bool,
}

impl Derivative<'_> {
    /// What may follow after `symbol`; impossible if the expression cannot begin with it.
    fn of(&mut self, expression: &Expression<Leaf>, symbol: Symbol) -> Expression<Leaf> {
        let impossible = Expression::Choice(vec![]);
        match (expression, symbol) {
            (Expression::Text(text), Symbol::Character(first)) => match text.strip_prefix(first) {
                Some("") => Expression::EMPTY,
                Some(rest) => Expression::text(rest),
                None => impossible,
            },
            (Expression::Leaf(Leaf::Special(token)), Symbol::Special(found)) if *token == found => {
                Expression::EMPTY
            }
            (Expression::Leaf(Leaf::FreeText), Symbol::Character(_)) => expression.clone(),
            (Expression::Leaf(Leaf::Json(_)), Symbol::Character(_)) => {
                self.inside_json = true;
                impossible
            }
            (Expression::Text(_) | Expression::Leaf(_), _) => impossible,
            (Expression::Rule(rule), _) => self.of(self.language.rules.body(*rule), symbol),
            (Expression::Choice(parts), _) => {
                let parts: Vec<_> = parts.iter().map(|part| self.of(part, symbol)).collect();
                Expression::choice(parts)
            }
            (Expression::Sequence(parts), _) => self.of_sequence(parts, symbol),
            (Expression::Repeat { item, min, max }, _) => {
                let first = self.of(item, symbol);
                let max = max.map(|max| max.saturating_sub(1));
                let others = Expression::repeat((**item).clone(), min.saturating_sub(1), max);
                Expression::sequence([first, others])
            }
        }
    }

    fn of_sequence(&mut self, parts: &[Expression<Leaf>], symbol: Symbol) -> Expression<Leaf> {
        let mut found = vec![];
        for (index, part) in parts.iter().enumerate() {
            let first = self.of(part, symbol);
            if !first.is_impossible() {
                let rest = parts[index + 1..].iter().cloned();
                found.push(Expression::sequence([first].into_iter().chain(rest)));
            }
            if !self.takes_nothing(part) {
                break;
            }
        }
        Expression::choice(found)
    }

    /// Whether the expression allows no input at all.
    fn takes_nothing(&self, expression: &Expression<Leaf>) -> bool {
        match expression {
            Expression::Text(text) => text.is_empty(),
            Expression::Leaf(leaf) => *leaf == Leaf::FreeText,
            Expression::Rule(rule) => self.takes_nothing(self.language.rules.body(*rule)),
            Expression::Sequence(parts) => parts.iter().all(|part| self.takes_nothing(part)),
            Expression::Choice(parts) => parts.iter().any(|part| self.takes_nothing(part)),
            Expression::Repeat { item, min, .. } => *min == 0 || self.takes_nothing(item),
        }
    }
}

/// The symbols of a prefix; a token that is neither text nor part of the format is an error of its own text.
fn symbols(prefix: &Prefix) -> Vec<Result<Symbol, String>> {
    let tokenizer = Tokenizer::o200k_harmony();
    let tokens = match prefix {
        Prefix::Text(text) => &tokenizer.encode_with_special_tokens(text),
        Prefix::Tokens(tokens) => tokens,
    };
    let mut symbols = vec![];
    for run in tokens.chunk_by(|&left, &right| !is_special(left) && !is_special(right)) {
        match run {
            &[token] if is_special(token) => symbols.push(special(token)),
            _ => {
                // All are ordinary tokens.
                let bytes = tokenizer.decode_bytes(run).unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes);
                symbols.extend(
                    text.chars()
                        .map(|character| Ok(Symbol::Character(character))),
                );
            }
        }
    }
    symbols
}

/// Whether a token is anything but text.
fn is_special(token: u32) -> bool {
    let tokenizer = Tokenizer::o200k_harmony();
    tokenizer.is_special_token(token) || tokenizer.token_bytes(token).is_none()
}

fn special(token: u32) -> Result<Symbol, String> {
    let symbol = FormattingToken::from_id(token).map(Symbol::Special);
    symbol.ok_or_else(|| match Tokenizer::o200k_harmony().special_text(token) {
        Some(text) => text.to_owned(),
        None => format!("token {token}"),
    })
}

fn written(symbols: &[Result<Symbol, String>]) -> String {
    let mut text = String::new();
    for symbol in symbols {
        match symbol {
            Ok(Symbol::Character(character)) => text.push(*character),
            Ok(Symbol::Special(token)) => text.push_str(token.text()),
            Err(other) => text.push_str(other),
        }
    }
    text
}
