//! A request's options, and the grammar they make.

use std::sync::Arc;

use serde_json::{json, Value};

use super::language::{Answer, Body, Callee, Content, Language, Policy};
use super::options::{Compat, Reasoning, ResponseFormat, Schemas, Unsupported};
use super::prefix::Prefix;
use super::schema::{normalize, Root};
use super::tool::{check_recipients, Tool, ToolChoice};
use super::OutputGrammar;
use crate::chat::{DeveloperContent, SystemContent};
use crate::encoding::builtin_tool;
use crate::error::GrammarError;

/// Builds an [`OutputGrammar`]; see [`OutputGrammar::builder`].
#[derive(Clone, Debug, Default)]
pub struct OutputGrammarBuilder {
    tools: Vec<Tool>,
    tool_choice: ToolChoice,
    parallel: bool,
    response_format: ResponseFormat,
    reasoning: Reasoning,
    schemas: Schemas,
    preambles: Option<bool>,
    no_json_mark: bool,
    compat: Option<Compat>,
    prefix: Prefix,
    unsupported: Unsupported,
}

impl OutputGrammarBuilder {
    /// Adds a tool.
    pub fn tool(mut self, tool: Tool) -> Self {
        self.tools.push(tool);
        self
    }

    /// Adds tools.
    pub fn tools(mut self, tools: impl IntoIterator<Item = Tool>) -> Self {
        self.tools.extend(tools);
        self
    }

    /// Adds the tools of a developer message, as they are rendered.
    pub fn developer(self, content: &DeveloperContent) -> Self {
        let namespaces = content.tools.iter().flat_map(|tools| tools.values());
        self.tools(namespaces.flat_map(Tool::in_namespace))
    }

    /// Adds the tools of a system message, as they are rendered.
    pub fn system(self, content: &SystemContent) -> Self {
        let namespaces = content.tools.iter().flat_map(|tools| tools.values());
        self.tools(namespaces.flat_map(Tool::in_namespace))
    }

    /// Sets which tools may or must be called.
    pub fn tool_choice(mut self, tool_choice: ToolChoice) -> Self {
        self.tool_choice = tool_choice;
        self
    }

    /// Sets whether several calls may follow each other. The engine must not stop at `<|call|>` then.
    pub fn parallel_tool_calls(mut self, parallel: bool) -> Self {
        self.parallel = parallel;
        self
    }

    /// Sets the form of the answer.
    pub fn response_format(mut self, response_format: ResponseFormat) -> Self {
        self.response_format = response_format;
        self
    }

    /// Sets whether the model may or must think.
    pub fn reasoning(mut self, reasoning: Reasoning) -> Self {
        self.reasoning = reasoning;
        self
    }

    /// Sets which tools' arguments must fit their schemas.
    pub fn schemas(mut self, schemas: Schemas) -> Self {
        self.schemas = schemas;
        self
    }

    /// Sets whether there may be preambles: messages to the user on the commentary channel. Without this, there may be
    /// where a call is possible and the answer is text.
    pub fn preambles(mut self, preambles: bool) -> Self {
        self.preambles = Some(preambles);
        self
    }

    /// Sets whether the header of a JSON answer may have `<|constrain|>json`. Release 0.0.8 reads it as a recipient.
    pub fn json_mark(mut self, json_mark: bool) -> Self {
        self.no_json_mark = !json_mark;
        self
    }

    /// Makes the language wider for a server's parser.
    pub fn compat(mut self, compat: Compat) -> Self {
        self.compat = Some(compat);
        self
    }

    /// Sets the text that the prompt has after `<|start|>assistant`. The text of a special token in it means that token.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Prefix::Text(prefix.into());
        self
    }

    /// Sets the tokens that the prompt has after `<|start|>assistant`.
    pub fn prefix_tokens(mut self, prefix: impl Into<Vec<u32>>) -> Self {
        self.prefix = Prefix::Tokens(prefix.into());
        self
    }

    /// Sets what happens to JSON Schema keywords that GBNF, [`OutputGrammar::check`] and the matcher cannot enforce.
    pub fn unsupported(mut self, unsupported: Unsupported) -> Self {
        self.unsupported = unsupported;
        self
    }

    /// The grammar.
    ///
    /// # Errors
    /// All kinds of [`GrammarError`] but [`GrammarError::ParallelStop`].
    pub fn build(self) -> Result<OutputGrammar, GrammarError> {
        check_recipients(&self.tools)?;
        let policy = self.policy()?;
        let parallel = policy.parallel && !policy.callees.is_empty();
        let mut language = Language::new(policy);
        language.begin_after(&self.prefix)?;
        Ok(OutputGrammar::new(language, parallel, self.unsupported))
    }

    fn policy(&self) -> Result<Policy, GrammarError> {
        let tools = self.tool_choice.select(self.tools.clone())?;
        let answers_text = self.response_format == ResponseFormat::Text;
        let vllm = self.compat == Some(Compat::Vllm);
        let preamble = !tools.is_empty() && (answers_text || vllm);
        let answer = Answer {
            content: self.answer()?,
            mark: !answers_text && !self.no_json_mark,
            word: !answers_text && vllm,
        };
        let callees = tools.into_iter().map(|tool| self.callee(tool));
        Ok(Policy {
            think: self.reasoning != Reasoning::Off,
            think_first: self.reasoning == Reasoning::Required,
            preamble: self.preambles.unwrap_or(preamble),
            answer: Some(answer).filter(|_| !self.tool_choice.is_required()),
            callees: callees.collect::<Result<_, _>>()?,
            parallel: self.parallel,
        })
    }

    fn answer(&self) -> Result<Content, GrammarError> {
        let of = "the response format".to_owned();
        let schema = match &self.response_format {
            ResponseFormat::Text => return Ok(Content::FreeText),
            ResponseFormat::JsonObject => any_object(),
            ResponseFormat::JsonSchema { schema, strict } => {
                Arc::new(normalize(schema, Root::Answer, *strict, &of)?)
            }
        };
        Ok(Content::Json(Body { of, schema }))
    }

    fn callee(&self, tool: Tool) -> Result<Callee, GrammarError> {
        let of = format!("the tool {:?}", tool.recipient);
        let strict = tool.strict == Some(true);
        let schema = match &tool.parameters {
            None => None,
            Some(_) if self.schemas == Schemas::Declared && !strict => Some(any_object()),
            Some(schema) => Some(Arc::new(normalize(schema, Root::Arguments, strict, &of)?)),
        };
        let arguments = schema.map_or(Content::FreeText, |schema| {
            Content::Json(Body { of, schema })
        });
        Ok(Callee {
            code: builtin_tool(&tool.recipient).is_some(),
            recipient: tool.recipient,
            arguments,
        })
    }
}

/// The schema of any JSON object.
fn any_object() -> Arc<Value> {
    Arc::new(json!({"type": "object", "additionalProperties": true}))
}
