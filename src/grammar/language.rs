//! What a model may write after `<|start|>assistant`, as rules over special tokens, header texts and bodies.
//!
//! ```ebnf
//! completion = [ think first ] , { think | preamble } , ( answer | calls ) ;
//! ```
//!
//! Every rule of the format is here once; writers, `check` and the matcher only read them.

use std::sync::Arc;

use serde_json::Value;

use super::expression::{Expression, Rules};
use crate::encoding::special::FormattingToken::{
    self, Call, Channel, Constrain, End, Message, Return, Start,
};

/// What a grammar of harmony output is made of, beside text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    /// A special token.
    Special(FormattingToken),
    /// Any ordinary tokens, also none.
    FreeText,
    /// A JSON value: the number of its [`Body`].
    Json(usize),
}

/// A JSON body of the language.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Body {
    /// Whose it is, for errors: `the tool "functions.f"`, `the response format`.
    pub(super) of: String,
    /// The normalised JSON Schema.
    pub(super) schema: Arc<Value>,
}

/// What a message to a tool, or the answer, may contain.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Content {
    FreeText,
    Json(Body),
}

/// Which messages a request allows.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) think: bool,
    /// At least one thought, before everything else.
    pub(super) think_first: bool,
    pub(super) preamble: bool,
    /// The answer in the final channel; `None` where a call is required.
    pub(super) answer: Option<Answer>,
    pub(super) callees: Vec<Callee>,
    /// Whether more calls may follow the first.
    pub(super) parallel: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) content: Content,
    /// Whether the header may have `<|constrain|>json`.
    pub(super) mark: bool,
    /// Whether the header may have ` json`, which vLLM expects.
    pub(super) word: bool,
}

/// A tool that may be called.
#[derive(Clone, Debug)]
pub(super) struct Callee {
    pub(super) recipient: String,
    /// Whether the header may say ` code`.
    pub(super) code: bool,
    pub(super) arguments: Content,
}

/// The rules of a request's language.
#[derive(Clone, Debug)]
pub(super) struct Language {
    pub(super) rules: Rules<Leaf>,
    pub(super) start: Expression<Leaf>,
    pub(super) bodies: Vec<Body>,
}

type Rule = Expression<Leaf>;

impl Language {
    pub(super) fn new(policy: Policy) -> Self {
        let mut language = Self {
            rules: Rules::new(),
            start: Expression::EMPTY,
            bodies: vec![],
        };
        language.start = language.completion(policy);
        language
    }

    fn completion(&mut self, policy: Policy) -> Rule {
        let mark = sequence([Rule::optional(text(" ")), token(Constrain), text("json")]);
        let mark = self.rule("json_mark", mark);
        let think = policy.think.then(|| {
            let think = [opening("analysis"), Rule::Leaf(Leaf::FreeText), again(End)];
            self.rule("think", sequence(think))
        });
        let preamble = policy.preamble.then(|| {
            let preamble = [
                opening("commentary"),
                Rule::Leaf(Leaf::FreeText),
                again(End),
            ];
            self.rule("preamble", sequence(preamble))
        });
        let think_first = think.clone().filter(|_| policy.think_first);
        let answer = policy.answer.map(|answer| {
            let answer = self.answer(answer, &mark);
            self.rule("answer", answer)
        });
        let calls = self.calls(policy.callees, policy.parallel, &mark);
        sequence([
            think_first.unwrap_or(Rule::EMPTY),
            Rule::star(Rule::choice(think.into_iter().chain(preamble))),
            Rule::choice(answer.into_iter().chain(calls)),
        ])
    }

    fn answer(&mut self, answer: Answer, mark: &Rule) -> Rule {
        let marks = [
            answer.mark.then(|| mark.clone()),
            answer.word.then(|| text(" json")),
        ];
        let content = self.content("answer_json", answer.content);
        sequence([
            token(Channel),
            text("final"),
            Rule::optional(Rule::choice(marks.into_iter().flatten())),
            token(Message),
            content,
            token(Return),
        ])
    }

    fn calls(&mut self, callees: Vec<Callee>, parallel: bool, mark: &Rule) -> Option<Rule> {
        if callees.is_empty() {
            return None;
        }
        let channel = Rule::choice([text("commentary"), text("analysis")]);
        let channel = self.rule("call_channel", channel);
        let json = [mark.clone(), text(" json")];
        let types = Rule::optional(Rule::choice(json.clone()));
        let types = self.rule("call_type", types);
        let code_types = callees.iter().any(|callee| callee.code).then(|| {
            let code_types = Rule::choice(json.into_iter().chain([text(" code")]));
            self.rule("builtin_call_type", Rule::optional(code_types))
        });
        let mut calls = vec![];
        for (number, callee) in callees.into_iter().enumerate() {
            let recipient = text(format!(" to={}", callee.recipient));
            let content_type = code_types
                .as_ref()
                .filter(|_| callee.code)
                .unwrap_or(&types);
            let channel_first = [token(Channel), channel.clone(), recipient.clone()];
            let recipient_first = [recipient, token(Channel), channel.clone()];
            let call = [
                Rule::choice([channel_first, recipient_first].map(sequence)),
                content_type.clone(),
                token(Message),
                self.content(&format!("arguments_{number}"), callee.arguments),
            ];
            calls.push(self.rule(format!("call_{number}"), sequence(call)));
        }
        let call = self.rule("call", Rule::choice(calls));
        Some(if parallel {
            let next = sequence([again(Call), call.clone()]);
            sequence([call, Rule::star(next), token(Call)])
        } else {
            sequence([call, token(Call)])
        })
    }

    fn content(&mut self, name: &str, content: Content) -> Rule {
        match content {
            Content::FreeText => Rule::Leaf(Leaf::FreeText),
            Content::Json(body) => {
                self.bodies.push(body);
                let json = Rule::Leaf(Leaf::Json(self.bodies.len() - 1));
                self.rule(name, json)
            }
        }
    }

    fn rule(&mut self, name: impl Into<String>, body: Rule) -> Rule {
        Rule::Rule(self.rules.add(name, body))
    }
}

/// A header that has nothing but a channel.
fn opening(channel: &str) -> Rule {
    sequence([token(Channel), text(channel), token(Message)])
}

/// The end of a message after which the model writes another one.
fn again(end: FormattingToken) -> Rule {
    sequence([token(end), token(Start), text("assistant")])
}

fn token(token: FormattingToken) -> Rule {
    Rule::Leaf(Leaf::Special(token))
}

fn text(text: impl Into<String>) -> Rule {
    Rule::text(text)
}

fn sequence<const N: usize>(parts: [Rule; N]) -> Rule {
    Rule::sequence(parts)
}
