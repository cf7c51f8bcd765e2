//! The two HTTP APIs of OpenAI and harmony, without I/O: requests in, sampled tokens out.
//!
//! ```text
//! body bytes -> request -> conversation -> tokens                                   once per request
//! tokens -> events -> Turn -> ChatWriter | ResponsesWriter -> objects, chunks, SSE  once per step
//! ```
//!
//! A request becomes a job: the tokens to sample from, the [`Constraint`] to sample under, and the [`Plan`] for the
//! answer. Nothing here opens a socket, reads a clock or draws random numbers: a [`Host`] does.

mod chat;
mod constraint;
mod error;
mod host;
mod job;
mod json;
mod logprob;
mod options;
mod plan;
mod request;
mod request_grammar;
mod responses;
mod stream_error;
mod turn;

pub(crate) use chat::conversation_with_origins;
pub use chat::{
    chat_from_conversation, conversation_from_chat, ChatCompletions, ChatFinishReason, ChatSse,
    ChatState, ChatStream, ChatUsage, ChoiceDelta, Chunk, ChunkBody, ChunkSink,
    CompletionTokensDetails, Delta, Envelope, PromptTokensDetails,
};
pub use constraint::{CallRule, Constraint, FinalForm};
pub use error::{BadRequest, BadRequestCode};
pub use host::{open_envelope, plain_envelope, Host};
pub use job::{ChatJob, Job, ResponsesJob};
pub use logprob::{ContentLogprob, TopLogprob};
pub use options::{
    DatePolicy, EffortTarget, ForcePolicy, Options, ToolsWhenNone, UnknownParameters,
};
pub use plan::{
    ChatPlan, CodeInterpreter, FunctionKind, Include, OfferedTools, Plan, ReasoningField,
    ResponsesPlan, ToolChoice,
};
pub(crate) use request::json::{Array, Json, Object, Tree};
pub use request_grammar::{output_grammar_for_request, RequestGrammarError};
pub use responses::{
    BuiltinCall, EventBody, NoStore, ResponseEvent, ResponseEventSink, ResponseSse, ResponseStore,
    Responses, ResponsesState, ResponsesStream, StoredResponse, TextDelta, TextKind, ToolContent,
    ToolOutput,
};
pub use stream_error::StreamError;
pub use turn::{CallForm, EngineFinishReason, Note, NoteKind, TokenLogprob};
