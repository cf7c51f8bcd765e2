//! JSON Schema to TypeScript that says what the schema says.
//!
//! Where [`compatible`](super::compatible) is right, this form writes the very same text: models
//! know it. Where that form writes `any`, leaves something out or writes invalid TypeScript,
//! this one writes the type. Three steps: `reader` turns the schema into [`shape`]s, `definitions`
//! decides which `$ref` targets get a name, `writer` lays the text out.

mod containers;
mod definitions;
mod keywords;
mod layout;
mod literal;
mod names;
mod reader;
mod references;
mod remarks;
mod shape;
mod types;
mod writer;

use std::fmt;

use serde_json::Value;

use crate::error::SchemaError;
use definitions::Definitions;
pub(crate) use literal::lines;
pub(crate) use names::Names;
use reader::Reader;
use references::check_circles;

/// Schemas nested deeper than this many levels are an error; after a `$ref` counting starts again.
/// `serde_json` reads 128 levels of JSON, of which a property takes two. 64 need 1 MiB of stack
/// without optimisation, a third of that with it.
const MAX_DEPTH: usize = 64;

/// A type that the text of a schema mentions by name, to be declared beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alias {
    pub(crate) name: String,
    /// Zero or more whole lines, each of them a `//` comment.
    pub(crate) comment: String,
    pub(crate) text: String,
}

/// The declaration: `// comment`, `type NAME = TEXT;` and a line break.
impl fmt::Display for Alias {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "{}type {} = {};",
            self.comment, self.name, self.text
        )
    }
}

/// Appends the type that `schema` describes to `out` and returns the types that it names.
///
/// `taken` holds the names that are in use around it, such as those of the tools of a namespace;
/// the names of the aliases are added. The text begins with the comment on the whole schema, if
/// there is one, and never ends inside a comment.
///
/// # Errors
///
/// [`SchemaError`] if `schema` is not a JSON Schema; `taken` and `out` are then unchanged.
pub(crate) fn write_faithful(
    schema: &Value,
    taken: &mut Names,
    out: &mut String,
) -> Result<Vec<Alias>, SchemaError> {
    let targets = Reader::new(schema).read_document()?;
    check_circles(&targets)?;
    let definitions = Definitions::new(targets, taken);
    out.push_str(&writer::document_text(&definitions));
    Ok(definitions
        .named()
        .map(|(id, name)| writer::alias(&definitions, id, name))
        .collect())
}
