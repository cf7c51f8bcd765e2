//! What both APIs read alike, and the prompt that it makes.

use std::mem::take;

use serde_json::{Map, Value};

use super::answer_form::AnswerForm;
use super::effort::{self, Effort};
use super::head;
use super::history::History;
use super::node::Node;
use super::parameters;
use super::tool_choice;
use super::tools::{Dialect, Tools};
use super::truncation;
use crate::api::constraint::Constraint;
use crate::api::error::{BadRequest, BadRequestCode};
use crate::api::job::Job;
use crate::api::options::{ForcePolicy, Options, ToolsWhenNone};
use crate::api::plan::{Plan, ToolChoice};
use crate::chat::{Content, Message};
use crate::error::HarmonyError;
use crate::render::{OpenMessage, Transcript};
use crate::HarmonyEncoding;

/// The part of a request that the APIs share.
pub(in crate::api) struct Request<'r> {
    pub(in crate::api) encoding: &'r HarmonyEncoding,
    pub(in crate::api) options: &'r Options,
    pub(in crate::api) model: String,
    pub(in crate::api) tools: Tools,
    pub(in crate::api) tool_choice: ToolChoice,
    pub(in crate::api) parallel_tool_calls: bool,
    pub(in crate::api) effort: Effort,
    pub(in crate::api) form: AnswerForm,
    pub(in crate::api) may_truncate: bool,
    pub(in crate::api) sampling: Map<String, Value>,
}

/// What a job has besides, each read in the words of its API.
pub(in crate::api) struct Limits {
    pub(in crate::api) max_tokens: Option<usize>,
    pub(in crate::api) ignored: Vec<String>,
}

/// A conversation that the prompt may begin with, token for token, if the head is the same.
pub(in crate::api) struct Continued<'t> {
    pub(in crate::api) transcript: &'t Transcript,
    /// How many messages of the history it holds.
    pub(in crate::api) messages: usize,
}

impl<'r> Request<'r> {
    pub(in crate::api) fn read(
        body: &Node<'_, '_>,
        dialect: Dialect,
        form: AnswerForm,
        encoding: &'r HarmonyEncoding,
        options: &'r Options,
    ) -> Result<Self, BadRequest> {
        let model = body.require("model")?.string()?.to_owned();
        let tools = Tools::read(body, dialect, &options.namespaces)?;
        let effort = effort::read(body, options)?;
        let mut tool_choice = tool_choice::read(body, &tools)?;
        if effort.is_skipped {
            tool_choice = without_calls(body, tool_choice)?;
        }
        Ok(Self {
            encoding,
            options,
            model,
            tools,
            tool_choice,
            parallel_tool_calls: parameters::flag(body, "parallel_tool_calls", true)?,
            effort,
            form,
            may_truncate: parameters::may_truncate(body)?,
            sampling: parameters::sampling(body)?,
        })
    }

    /// Whether the prompt offers the declared tools.
    fn offers_tools(&self) -> bool {
        self.tool_choice != ToolChoice::None
            || (self.options.tools_when_none == ToolsWhenNone::Keep && !self.effort.is_skipped)
    }

    /// How the prompt begins the answer.
    pub(in crate::api) fn opening(&self) -> OpenMessage {
        let open = OpenMessage::assistant();
        if self.effort.is_skipped {
            return open.with_channel("final").with_content("");
        }
        match self.forced_recipient() {
            Some(recipient) if recipient == "python" => open
                .with_channel("analysis")
                .with_recipient(recipient)
                .with_content_type("code")
                .with_content(""),
            Some(recipient) => open
                .with_channel("commentary")
                .with_recipient(recipient)
                .with_content_type("<|constrain|>json")
                .with_content(""),
            None => open,
        }
    }

    /// The only tool that may be called and must be, if the end of the prompt is to force it.
    fn forced_recipient(&self) -> Option<String> {
        if self.options.force != ForcePolicy::Prefix {
            return None;
        }
        let candidates = match &self.tool_choice {
            ToolChoice::Named(recipient) => return Some(recipient.clone()),
            ToolChoice::Allowed {
                recipients,
                required: true,
            } => recipients.clone(),
            ToolChoice::Required => self.tools.recipients(),
            _ => return None,
        };
        <[String; 1]>::try_from(candidates).ok().map(|[only]| only)
    }

    /// The conversation with its prompt open.
    ///
    /// `date` is that of the system message, `continued` a conversation whose tokens are kept where they can be.
    pub(in crate::api) fn transcript(
        &self,
        mut history: History<'_>,
        date: Option<String>,
        continued: Option<Continued<'_>>,
        opening: &OpenMessage,
    ) -> Result<Transcript, BadRequest> {
        let tools = self.offers_tools().then_some(&self.tools);
        let system = head::system(self.options, self.effort, tools, date);
        let has_format = self.form.format.is_some();
        let functions = tools.map(Tools::functions).unwrap_or_default();
        let head: Vec<Message> =
            head::messages(system, &history.instructions, functions, has_format).collect();
        let kept = continued.filter(|continued| self.continues(continued.transcript, &head));
        let transcript = match &kept {
            Some(kept) => {
                let new = history.messages.get(kept.messages..).unwrap_or_default();
                self.opened(kept.transcript.clone(), new.to_vec(), opening)?
            }
            None => {
                let messages = head.iter().cloned().chain(take(&mut history.messages));
                self.opened(self.empty_transcript(), messages.collect(), opening)?
            }
        };
        let found = transcript.tokens_with_opening().len();
        let Some(limit) = self.options.max_context.filter(|limit| found > *limit) else {
            return Ok(transcript);
        };
        if !self.may_truncate {
            return Err(too_long(limit, found));
        }
        let whole = match kept {
            // Its messages may be others than those of the items, to which the calls refer.
            Some(_) => {
                let messages = head.iter().cloned().chain(history.messages);
                self.opened(self.empty_transcript(), messages.collect(), opening)?
            }
            None => transcript,
        };
        let shorter = truncation::fit(&whole, head.len(), &history.answered, limit)
            .ok_or_else(|| too_long(limit, found))?;
        self.opened(self.empty_transcript(), shorter, opening)
    }

    /// The transcript with more messages and an open prompt.
    fn opened(
        &self,
        mut transcript: Transcript,
        messages: Vec<Message>,
        opening: &OpenMessage,
    ) -> Result<Transcript, BadRequest> {
        transcript.extend(messages).map_err(unrenderable)?;
        transcript
            .prompt_with(opening.clone())
            .map_err(unrenderable)?;
        Ok(transcript)
    }

    fn empty_transcript(&self) -> Transcript {
        Transcript::with_response_formats(
            self.encoding.clone(),
            self.options.format,
            self.form.format.iter().cloned().collect(),
        )
    }

    /// Whether a stored conversation begins as this one does.
    fn continues(&self, stored: &Transcript, head: &[Message]) -> bool {
        stored.encoding().name() == self.encoding.name()
            && *stored.format() == self.options.format
            && stored.response_formats().iter().eq(&self.form.format)
            && stored.messages().take(head.len()).eq(head)
            && stored
                .messages()
                .nth(head.len())
                .is_none_or(|next| !has_instructions(next))
    }

    /// The job, once the prompt is made.
    pub(in crate::api) fn job<P>(
        self,
        opening: OpenMessage,
        transcript: Transcript,
        top_logprobs: Option<u8>,
        limits: Limits,
        answer: P,
    ) -> Job<P> {
        let offers_tools = self.offers_tools();
        let constraint = Constraint::of(
            &self.tools,
            &self.tool_choice,
            self.parallel_tool_calls,
            self.form,
            after_role(&transcript),
            transcript.encoding(),
        );
        // A call that the prompt already opens needs no constraint.
        let is_constrained =
            opening.recipient.is_none() && constraint.is_needed(&self.tool_choice, offers_tools);
        let plan = Plan {
            model: self.model,
            tools: self.tools.offered(),
            tool_choice: self.tool_choice,
            parallel_tool_calls: self.parallel_tool_calls,
            opening,
            prompt_tokens: transcript.tokens_with_opening().len(),
            top_logprobs,
        };
        Job {
            plan,
            answer,
            transcript,
            constraint,
            is_constrained,
            sampling: self.sampling,
            max_tokens: limits.max_tokens,
            ignored: limits.ignored,
        }
    }
}

/// The tokens after `<|start|>assistant`.
fn after_role(transcript: &Transcript) -> Vec<u32> {
    const START_AND_ROLE: usize = 2;
    let opening = transcript.tokens().len() + START_AND_ROLE;
    let tokens = transcript.tokens_with_opening();
    tokens.get(opening..).unwrap_or_default().to_vec()
}

/// A model that answers at once cannot call a tool.
fn without_calls(body: &Node<'_, '_>, choice: ToolChoice) -> Result<ToolChoice, BadRequest> {
    let demands_call = match choice {
        ToolChoice::None | ToolChoice::Auto => false,
        ToolChoice::Allowed { required, .. } => required,
        ToolChoice::Required | ToolChoice::Named(_) => true,
    };
    let node = body.get("tool_choice").filter(|_| demands_call);
    match node {
        Some(node) => Err(node.refuse("A tool cannot be called without reasoning effort.")),
        None => Ok(ToolChoice::None),
    }
}

fn has_instructions(message: &Message) -> bool {
    message
        .content
        .iter()
        .any(|content| matches!(content, Content::DeveloperContent(_)))
}

/// The request is right, but the format has no form for it: a tool whose parameters are not a JSON Schema.
fn unrenderable(error: HarmonyError) -> BadRequest {
    BadRequest {
        message: error.to_string(),
        param: Some("tools".to_owned()),
        code: Some(BadRequestCode::InvalidValue),
    }
}

fn too_long(limit: usize, found: usize) -> BadRequest {
    BadRequest {
        message: format!(
            "This model's maximum context length is {limit} tokens. However, your messages resulted in {found} tokens. \
             Please reduce the length of the messages."
        ),
        param: None,
        code: Some(BadRequestCode::ContextLengthExceeded),
    }
}
