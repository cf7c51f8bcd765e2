//! The request options of the case files.

use openai_harmony::chat::ToolNamespaceConfig;
use openai_harmony::grammar::{
    OutputGrammar, OutputGrammarBuilder, Reasoning, ResponseFormat, Tool, ToolChoice,
};
use openai_harmony::tokenizer::Tokenizer;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct Request {
    #[serde(default)]
    tools: Vec<Function>,
    #[serde(default)]
    builtin: Vec<String>,
    tool_choice: Option<Choice>,
    reasoning: Option<Reasoning>,
    response_format: Option<Format>,
    #[serde(default)]
    parallel: bool,
}

#[derive(Deserialize)]
struct Function {
    name: String,
    parameters: Option<Value>,
    strict: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Choice {
    Word(ToolChoice),
    Named { function: String },
    Allowed { allowed: Vec<String>, mode: String },
}

#[derive(Deserialize)]
struct Format {
    json_schema: Value,
}

impl Request {
    pub fn builder(self) -> OutputGrammarBuilder {
        let mut builder = OutputGrammar::builder().parallel_tool_calls(self.parallel);
        for function in self.tools {
            let mut tool = Tool::function(&function.name, function.parameters);
            tool.strict = function.strict;
            builder = builder.tool(tool);
        }
        for name in self.builtin {
            let namespace = match name.as_str() {
                "browser" => ToolNamespaceConfig::browser(),
                "python" => ToolNamespaceConfig::python(),
                other => panic!("no built-in tool {other}"),
            };
            builder = builder.tools(Tool::in_namespace(&namespace));
        }
        if let Some(choice) = self.tool_choice {
            builder = builder.tool_choice(match choice {
                Choice::Word(choice) => choice,
                Choice::Named { function } => ToolChoice::Named(function),
                Choice::Allowed { allowed, mode } => ToolChoice::Allowed {
                    tools: allowed,
                    required: mode == "required",
                },
            });
        }
        if let Some(reasoning) = self.reasoning {
            builder = builder.reasoning(reasoning);
        }
        if let Some(format) = self.response_format {
            builder = builder.response_format(ResponseFormat::json_schema(format.json_schema));
        }
        builder
    }
}

/// The tokens of a text in which special tokens are written out; `{{<|end|>}}` is their text as ordinary text.
pub fn encode(text: &str) -> Vec<u32> {
    let tokenizer = Tokenizer::o200k_harmony();
    let mut tokens = vec![];
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{<|") {
        let (name, after) = after.split_once("}}").expect("closed");
        tokens.extend(tokenizer.encode_with_special_tokens(before));
        tokens.extend(tokenizer.encode_ordinary(&format!("<|{name}")));
        rest = after;
    }
    tokens.extend(tokenizer.encode_with_special_tokens(rest));
    tokens
}
