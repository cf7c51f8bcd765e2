//! The form of the answer: `response_format` of Chat Completions, `text.format` of the Responses API.

use super::node::Node;
use super::tools::Dialect;
use crate::api::constraint::FinalForm;
use crate::api::error::BadRequest;
use crate::render::ResponseFormat;

const TYPES: [&str; 3] = ["text", "json_object", "json_schema"];

/// The form that the final message shall have.
#[derive(Debug, Default)]
pub(in crate::api) struct AnswerForm {
    /// The description of it that the model reads.
    pub(in crate::api) format: Option<ResponseFormat>,
    /// What the sampler must keep.
    pub(in crate::api) constraint: Option<FinalForm>,
    /// Whether the schema is to be followed strictly.
    pub(in crate::api) strict: bool,
}

/// Reads a format. The schema is in a member `json_schema` (Chat Completions) or in the format itself (Responses).
pub(in crate::api) fn read(
    format: &Node<'_, '_>,
    dialect: Dialect,
) -> Result<AnswerForm, BadRequest> {
    let kind = format.require("type")?;
    match kind.string()? {
        "text" => Ok(AnswerForm::default()),
        "json_object" => Ok(AnswerForm {
            constraint: Some(FinalForm::Json),
            ..AnswerForm::default()
        }),
        "json_schema" => match dialect {
            Dialect::Nested => read_schema(&format.require("json_schema")?),
            Dialect::Flat => read_schema(format),
        },
        _ => Err(kind.none_of(TYPES)),
    }
}

fn read_schema(format: &Node<'_, '_>) -> Result<AnswerForm, BadRequest> {
    let name = format.require("name")?.string()?;
    let schema = format.require("schema")?;
    schema.object()?;
    let schema = schema.value().to_value();
    let strict = match format.get("strict") {
        Some(strict) => strict.boolean()?,
        None => false,
    };
    let mut described = ResponseFormat::new(name, schema.clone());
    if let Some(description) = format.get("description") {
        described = described.with_description(description.string()?);
    }
    Ok(AnswerForm {
        format: Some(described),
        constraint: Some(FinalForm::Schema(schema)),
        strict,
    })
}
