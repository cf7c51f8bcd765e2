//! What may be sampled, for engines that support constrained sampling.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::plan::ToolChoice;
use super::request::answer_form::AnswerForm;
use super::request::tools::{Function, Tools};
use crate::encoding::HarmonyEncoding;
use crate::grammar::{self, GrammarError, OutputGrammar, ResponseFormat, Tool};
use crate::named::named_enum;

/// What the model may write after `<|start|>assistant`.
///
/// A request has one if it demands something that the model might not do on its own: a call, no call, arguments or an
/// answer in a certain form.
#[derive(Serialize, Clone, Debug, PartialEq)]
pub struct Constraint {
    /// Whether there may or must be calls.
    pub calls: CallRule,
    /// The functions that may be called, each with the JSON Schema of its arguments; `null` for any arguments.
    pub functions: Map<String, Value>,
    /// The other tools that may be called, by recipient: `browser.search`, `python`, `label.tool`.
    pub others: Vec<String>,
    /// Whether the request allows more than one call. The engine stops at the first one all the same, because `<|call|>`
    /// is a stop token; the server may continue after it.
    pub parallel: bool,
    /// The form of the final message; `None` for text.
    #[serde(rename = "final")]
    pub final_form: Option<FinalForm>,
    /// Whether the request wants schemas to be followed strictly, of a function or of the answer.
    pub strict: bool,
    /// The tools that may be called, as a grammar takes them: each with its own strictness.
    #[serde(skip)]
    pub tools: Vec<Tool>,
    /// Whether the answer is to follow its schema strictly.
    #[serde(skip)]
    pub final_is_strict: bool,
    /// The tokens that the prompt has after `<|start|>assistant`.
    #[serde(skip)]
    pub prefix: Vec<u32>,
    /// The encoding, if it has a vocabulary of its own: grammars hold the ids of gpt-oss.
    #[serde(skip)]
    other_vocabulary: Option<String>,
}

named_enum! {
    "rule for calls",
    /// Whether an answer may or must hold calls.
    pub enum CallRule {
        /// There is no call.
        None = "none",
        /// There may be calls.
        Auto = "auto",
        /// There is at least one call.
        Required = "required",
    }
}

/// The form of a final message that is not free text.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum FinalForm {
    /// Any JSON object.
    Json,
    /// JSON that fits this schema.
    Schema(Value),
}

impl Constraint {
    /// What a request allows.
    pub(super) fn of(
        tools: &Tools,
        choice: &ToolChoice,
        parallel: bool,
        form: AnswerForm,
        prefix: Vec<u32>,
        encoding: &HarmonyEncoding,
    ) -> Self {
        let calls = match choice {
            _ if tools.is_empty() => CallRule::None,
            ToolChoice::None => CallRule::None,
            ToolChoice::Auto => CallRule::Auto,
            ToolChoice::Required | ToolChoice::Named(_) => CallRule::Required,
            ToolChoice::Allowed { required: true, .. } => CallRule::Required,
            ToolChoice::Allowed { .. } => CallRule::Auto,
        };
        let allowed: Option<HashSet<&str>> = match choice {
            ToolChoice::Named(only) => Some(HashSet::from([only.as_str()])),
            ToolChoice::Allowed { recipients, .. } => {
                Some(recipients.iter().map(String::as_str).collect())
            }
            _ => None,
        };
        let may_call = |recipient: &str| {
            calls != CallRule::None
                && allowed
                    .as_ref()
                    .is_none_or(|allowed| allowed.contains(recipient))
        };
        let functions: Vec<&Function> = tools
            .functions
            .iter()
            .filter(|function| may_call(&format!("functions.{}", function.description.name)))
            .collect();
        let is_strict = form.strict || functions.iter().any(|function| function.strict);
        let mut others = tools.other_tools();
        others.retain(|tool| may_call(&tool.recipient));
        let recipients = others.iter().map(|tool| tool.recipient.clone()).collect();
        let callable = functions.iter().map(|function| function.as_tool());
        Self {
            calls,
            functions: functions.iter().map(|function| function.schema()).collect(),
            others: recipients,
            parallel,
            strict: is_strict,
            tools: callable.chain(others).collect(),
            final_is_strict: form.strict,
            final_form: form.constraint,
            prefix,
            other_vocabulary: encoding
                .tokenizer()
                .has_own_vocabulary()
                .then(|| encoding.name().to_owned()),
        }
    }

    /// Whether the model might break it on its own.
    ///
    /// A choice of `none` needs no constraint if the prompt does not offer the tools.
    pub(super) fn is_needed(&self, choice: &ToolChoice, prompt_offers_tools: bool) -> bool {
        let demands = match choice {
            ToolChoice::Auto => false,
            ToolChoice::None => prompt_offers_tools,
            _ => true,
        };
        demands || self.strict || self.final_form.is_some()
    }

    /// Whether a grammar is to have calls.
    pub fn tool_choice(&self) -> grammar::ToolChoice {
        match self.calls {
            CallRule::None => grammar::ToolChoice::None,
            CallRule::Auto => grammar::ToolChoice::Auto,
            CallRule::Required => grammar::ToolChoice::Required,
        }
    }

    /// The form of the answer, as a grammar takes it.
    pub fn response_format(&self) -> ResponseFormat {
        match &self.final_form {
            None => ResponseFormat::Text,
            Some(FinalForm::Json) => ResponseFormat::JsonObject,
            Some(FinalForm::Schema(schema)) => ResponseFormat::JsonSchema {
                schema: schema.clone(),
                strict: self.final_is_strict,
            },
        }
    }

    /// Whether grammars hold the ids of the encoding.
    ///
    /// # Errors
    /// An encoding with a vocabulary of its own. One that only adds special tokens to those of gpt-oss has the same ids.
    pub fn check_vocabulary(&self) -> Result<(), GrammarError> {
        match &self.other_vocabulary {
            Some(encoding) => Err(GrammarError::Vocabulary(encoding.clone())),
            None => Ok(()),
        }
    }

    /// The grammar of what may be sampled after the prompt, for an engine or for [`OutputGrammar::check`].
    ///
    /// Its output ends at the first call, as the job's stop tokens do.
    ///
    /// # Errors
    /// A schema that is not one, a name that no grammar can hold, a prompt that ends inside a JSON body, or an encoding with a
    /// vocabulary of its own.
    pub fn grammar(&self) -> Result<OutputGrammar, GrammarError> {
        self.check_vocabulary()?;
        OutputGrammar::builder()
            .tools(self.tools.iter().cloned())
            .tool_choice(self.tool_choice())
            .response_format(self.response_format())
            .prefix_tokens(self.prefix.clone())
            .build()
    }
}

impl Function {
    fn schema(&self) -> (String, Value) {
        let schema = self.description.parameters.clone();
        (self.description.name.clone(), schema.unwrap_or_default())
    }

    fn as_tool(&self) -> Tool {
        let Self { description, .. } = self;
        Tool::function(&description.name, description.parameters.clone()).with_strict(self.strict)
    }
}
