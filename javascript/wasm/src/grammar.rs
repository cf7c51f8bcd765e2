//! Grammars of model output.

use openai_harmony::api::{output_grammar_for_request, Options as ApiOptions, RequestGrammarError};
use openai_harmony::chat::ToolNamespaceConfig;
use openai_harmony::grammar::{
    Allowed, Compat, GrammarError, Matcher, OutputGrammar, Reasoning, ResponseFormat, Schemas,
    Tool, ToolChoice, Unsupported, XgrammarLevel, XgrammarOptions,
};
use openai_harmony::HarmonyError;
use serde::Deserialize;
use serde_json::{json, Value};

use crate::answer::{answer, Answer, Reply};
use crate::encoding;
use crate::failure::Failure;
use crate::handles::Handles;
use crate::memory::{read, with_bytes, with_ids};

thread_local! {
    static GRAMMARS: Handles<OutputGrammar> = const { Handles::new() };
    static MATCHERS: Handles<Matcher> = const { Handles::new() };
}

impl From<GrammarError> for Failure {
    fn from(error: GrammarError) -> Self {
        HarmonyError::from(error).into()
    }
}

#[derive(Deserialize)]
struct Options {
    #[serde(default)]
    namespaces: Vec<ToolNamespaceConfig>,
    #[serde(default)]
    tools: Vec<Tool>,
    tool_choice: Option<ToolChoice>,
    parallel_tool_calls: Option<bool>,
    response_format: Option<ResponseFormat>,
    reasoning: Option<Reasoning>,
    schemas: Option<Schemas>,
    preambles: Option<bool>,
    json_mark: Option<bool>,
    compat: Option<Compat>,
    unsupported: Option<Unsupported>,
    prefix: Option<Prefix>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Prefix {
    Text(String),
    Tokens(Vec<u32>),
}

impl Options {
    fn grammar(self) -> Result<OutputGrammar, GrammarError> {
        let namespaces = self.namespaces.iter().flat_map(Tool::in_namespace);
        let mut builder = OutputGrammar::builder()
            .tools(namespaces)
            .tools(self.tools)
            .tool_choice(self.tool_choice.unwrap_or_default())
            .parallel_tool_calls(self.parallel_tool_calls.unwrap_or_default())
            .response_format(self.response_format.unwrap_or_default())
            .reasoning(self.reasoning.unwrap_or_default())
            .schemas(self.schemas.unwrap_or_default())
            .json_mark(self.json_mark.unwrap_or(true))
            .unsupported(self.unsupported.unwrap_or_default());
        if let Some(preambles) = self.preambles {
            builder = builder.preambles(preambles);
        }
        if let Some(compat) = self.compat {
            builder = builder.compat(compat);
        }
        match self.prefix {
            Some(Prefix::Text(text)) => builder.prefix(text),
            Some(Prefix::Tokens(tokens)) => builder.prefix_tokens(tokens),
            None => builder,
        }
        .build()
    }
}

pub fn keep(grammar: OutputGrammar) -> u32 {
    GRAMMARS.with(|handles| handles.keep(grammar))
}

fn with<R: Into<Reply>>(
    handle: u32,
    work: impl FnOnce(&mut OutputGrammar) -> Result<R, Failure>,
) -> *const Answer {
    answer(GRAMMARS.with(|handles| handles.with(handle, work)))
}

#[no_mangle]
pub extern "C" fn grammar_new(options: usize) -> *const Answer {
    answer(read::<Options>(options).and_then(|options| Ok(keep(options.grammar()?))))
}

/// The grammar of a request, given the options of the API and then its body.
#[no_mangle]
pub extern "C" fn grammar_for_request(options: usize, body: usize) -> *const Answer {
    answer(with_bytes(options + body, |bytes| {
        let (options, body) = bytes.split_at(options.min(bytes.len()));
        let options: ApiOptions =
            serde_json::from_slice(options).map_err(Failure::invalid_input)?;
        let grammar = output_grammar_for_request(&encoding()?, body, &options);
        Ok(keep(grammar.map_err(|error| match error {
            RequestGrammarError::Request(error) => error.into(),
            RequestGrammarError::Grammar(error) => Failure::from(error),
            other => Failure::new("other", other),
        })?))
    }))
}

#[no_mangle]
pub extern "C" fn grammar_free(handle: u32) {
    GRAMMARS.with(|handles| handles.free(handle));
}

#[no_mangle]
pub extern "C" fn grammar_stop_tokens(handle: u32) -> *const Answer {
    with(handle, |grammar| Ok(grammar.stop_tokens().to_vec()))
}

#[no_mangle]
pub extern "C" fn grammar_llguidance(handle: u32, guard_strings: u32) -> *const Answer {
    with(handle, |grammar| {
        Ok(grammar.to_llguidance(guard_strings != 0))
    })
}

/// With `{"stop_tokens"}`.
#[no_mangle]
pub extern "C" fn grammar_gbnf(handle: u32, options: usize) -> *const Answer {
    #[derive(Deserialize)]
    struct Gbnf {
        stop_tokens: Option<Vec<u32>>,
    }
    with(handle, |grammar| {
        let options: Gbnf = read(options)?;
        Ok(grammar.to_gbnf(options.stop_tokens.as_deref())?)
    })
}

/// With `{"stop_tokens", "level", "guard_strings"}`.
#[no_mangle]
pub extern "C" fn grammar_xgrammar(handle: u32, options: usize) -> *const Answer {
    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Level {
        Text,
        Token,
    }
    #[derive(Deserialize)]
    struct Xgrammar {
        stop_tokens: Option<Vec<u32>>,
        level: Level,
        guard_strings: bool,
    }
    with(handle, |grammar| {
        let options: Xgrammar = read(options)?;
        let tag = grammar.to_xgrammar(&XgrammarOptions {
            stop_tokens: options.stop_tokens,
            level: match options.level {
                Level::Text => XgrammarLevel::Text,
                Level::Token => XgrammarLevel::Token,
            },
            guard_strings: options.guard_strings,
        });
        Reply::json(&tag?)
    })
}

#[no_mangle]
pub extern "C" fn grammar_relaxed(handle: u32) -> *const Answer {
    with(handle, |grammar| {
        let relaxed = grammar.relaxed()?.iter().map(|relaxed| {
            json!({
                "of": relaxed.of,
                "reason": relaxed.reason.to_string(),
                "pointer": relaxed.reason.pointer(),
            })
        });
        Reply::json(&relaxed.collect::<Vec<Value>>())
    })
}

#[no_mangle]
pub extern "C" fn grammar_check(handle: u32, ids: usize) -> *const Answer {
    with(handle, |grammar| {
        let checked = with_ids(ids, |tokens| grammar.check(tokens))?;
        let refused = checked.refused.as_ref();
        Reply::json(&json!({
            "ok": checked.is_ok(),
            "index": refused.map(|refused| refused.index),
            "token": refused.map(|refused| refused.token),
            "expected": refused.map(|refused| &refused.expected),
            "is_complete": checked.is_complete,
            "missing_stop": checked.missing_stop,
        }))
    })
}

#[no_mangle]
pub extern "C" fn grammar_matcher(handle: u32) -> *const Answer {
    with(handle, |grammar| {
        let matcher = grammar.matcher()?;
        Ok(MATCHERS.with(|handles| handles.keep(matcher)))
    })
}

fn with_matcher<R: Into<Reply>>(
    handle: u32,
    work: impl FnOnce(&mut Matcher) -> Result<R, Failure>,
) -> *const Answer {
    answer(MATCHERS.with(|handles| handles.with(handle, work)))
}

#[no_mangle]
pub extern "C" fn matcher_free(handle: u32) {
    MATCHERS.with(|handles| handles.free(handle));
}

#[no_mangle]
pub extern "C" fn matcher_clone(handle: u32) -> *const Answer {
    let copy = MATCHERS.with(|handles| handles.with(handle, |matcher| Ok(matcher.clone())));
    answer(copy.map(|copy| MATCHERS.with(|handles| handles.keep(copy))))
}

#[no_mangle]
pub extern "C" fn matcher_accept(handle: u32, token: u32) -> *const Answer {
    with_matcher(handle, |matcher| Ok(matcher.accept(token).is_ok()))
}

#[no_mangle]
pub extern "C" fn matcher_is_complete(handle: u32) -> *const Answer {
    with_matcher(handle, |matcher| Ok(matcher.is_complete()))
}

#[no_mangle]
pub extern "C" fn matcher_accepted(handle: u32) -> *const Answer {
    with_matcher(handle, |matcher| Ok(matcher.accepted()))
}

#[no_mangle]
pub extern "C" fn matcher_missing_stop(handle: u32) -> *const Answer {
    with_matcher(handle, |matcher| Ok(matcher.missing_stop()))
}

#[no_mangle]
pub extern "C" fn matcher_allowed(handle: u32) -> *const Answer {
    with_matcher(handle, |matcher| {
        Reply::json(&match matcher.allowed() {
            Allowed::Tokens(ids) => json!({"kind": "tokens", "tokens": ids, "schema": null}),
            Allowed::Text { ends } => json!({"kind": "text", "tokens": ends, "schema": null}),
            Allowed::Json { schema, ends } => {
                json!({"kind": "json", "tokens": ends, "schema": schema})
            }
            _ => json!({"kind": "tokens", "tokens": [], "schema": null}),
        })
    })
}
