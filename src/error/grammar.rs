//! Why a grammar cannot be built or written.

/// A grammar that cannot be built, or cannot be written for an engine.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrammarError {
    /// The tool choice names a tool that was not given.
    #[error("the tool choice names {name:?}, but the tools are {}", list(.tools))]
    NoTool {
        /// The name in the tool choice.
        name: String,
        /// The recipients of all tools.
        tools: Vec<String>,
    },
    /// A name that cannot be part of a header.
    #[error("the tool name {name:?} cannot be part of a header: {problem}")]
    ToolName {
        /// The name, or the namespace.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Two tools with the same recipient.
    #[error("there are two tools with the recipient {0:?}")]
    DuplicateTool(String),
    /// A JSON Schema that is not one, or that has a keyword out of reach.
    #[error("the schema of {of} at #{pointer}: {problem}")]
    Schema {
        /// `tool "functions.NAME"` or `the response format`.
        of: String,
        /// The JSON pointer (RFC 6901) of the offending value in the schema as it was given.
        pointer: String,
        /// What is wrong there.
        problem: SchemaFault,
    },
    /// The prompt's last message begins with something that the grammar does not allow.
    #[error("the prefix does not fit the request: {problem}")]
    Prefix {
        /// How many characters of the prefix fit, special tokens counted by their text.
        at: usize,
        /// What is wrong there.
        problem: PrefixFault,
    },
    /// An encoding that was registered with a vocabulary of its own.
    #[error("grammars hold the token ids of gpt-oss, and the encoding {0:?} has a vocabulary of its own")]
    Vocabulary(String),
    /// Parallel calls for an engine that stops at the first one.
    #[error("parallel calls need an engine that does not stop at <|call|>: leave its id out of the stop tokens")]
    ParallelStop,
    /// The engine would stop in the middle of an output.
    #[error("the engine must not stop at {0}, which is part of the output")]
    StopToken(&'static str),
    /// Options that exclude each other.
    #[error("{0}")]
    Contradiction(&'static str),
}

/// What is wrong with a JSON Schema.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemaFault {
    /// A keyword that GBNF, `check` and the matcher cannot enforce; engines that read JSON Schema themselves may.
    #[error("the keyword {0:?} is not supported in GBNF, check and the matcher")]
    Keyword(String),
    /// A value of the wrong kind, for example `"type": 5`.
    #[error("expected {expected}")]
    Expected {
        /// What JSON Schema asks for here.
        expected: &'static str,
    },
    /// A `$ref` that leads to nothing in this schema. References to other documents are not followed.
    #[error("the reference {0:?} leads to nothing in this schema")]
    Reference(String),
    /// A `$ref` that leads back to itself before any property or item.
    #[error("the reference {0:?} describes nothing but itself")]
    Endless(String),
    /// More levels of schemas in schemas than are read.
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The number of levels that are read.
        limit: usize,
    },
    /// Required properties that are not declared, for which `additionalProperties` would be repeated too often.
    #[error("properties that are required but not declared would repeat more than {limit} values of additionalProperties")]
    TooLarge {
        /// How many values are repeated at most.
        limit: usize,
    },
    /// More repetitions than llama.cpp reads in a grammar.
    #[error("{0} repetitions cannot be written in GBNF, where 2,000 is the limit")]
    Repetitions(u32),
    /// No JSON value fits.
    #[error("no value fits")]
    Unsatisfiable,
}

/// What is wrong with a prefix.
#[derive(thiserror::Error, Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrefixFault {
    /// No allowed output begins like this.
    #[error("no allowed output begins with {0:?}")]
    Refused(String),
    /// The prefix ends inside a JSON body, where engines cannot begin.
    #[error("it ends inside a JSON body, where a grammar cannot begin")]
    InsideJson,
    /// The prefix leaves nothing to sample.
    #[error("it is a complete output")]
    Complete,
}

impl GrammarError {
    /// A stable identifier of the kind of error, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoTool { .. } => "grammar.no_tool",
            Self::ToolName { .. } => "grammar.tool_name",
            Self::DuplicateTool(_) => "grammar.duplicate_tool",
            Self::Schema { .. } => "grammar.schema",
            Self::Prefix { .. } => "grammar.prefix",
            Self::Vocabulary(_) => "grammar.vocabulary",
            Self::ParallelStop => "grammar.parallel_stop",
            Self::StopToken(_) => "grammar.stop_token",
            Self::Contradiction(_) => "grammar.contradiction",
        }
    }

    /// The JSON pointer into the schema that the error is about.
    pub fn pointer(&self) -> Option<&str> {
        match self {
            Self::Schema { pointer, .. } => Some(pointer),
            _ => None,
        }
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        text.push_str(comma);
        text.push_str(name);
    }
    text
}
