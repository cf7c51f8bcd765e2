//! The tools that a request declares.

mod builtin;
mod custom;
mod function;
mod recipients;

pub(in crate::api) use builtin::is_web_search;

use std::collections::{BTreeMap, BTreeSet};

use super::node::Node;
use crate::api::error::BadRequest;
use crate::api::plan::{CodeInterpreter, FunctionKind, OfferedTools};
use crate::chat::{ToolDescription, ToolNamespaceConfig};

/// The declared tools of a request, in their order.
#[derive(Debug, Default)]
pub(in crate::api) struct Tools {
    pub(in crate::api) functions: Vec<Function>,
    /// The names of the functions.
    names: BTreeSet<String>,
    pub(in crate::api) web_search: bool,
    pub(in crate::api) code_interpreter: Option<CodeInterpreter>,
    /// The namespaces of the declared `mcp` servers; their names are the labels.
    pub(in crate::api) mcp_servers: Vec<ToolNamespaceConfig>,
}

/// A function, or a custom tool that is offered as one.
#[derive(Debug)]
pub(in crate::api) struct Function {
    pub(in crate::api) description: ToolDescription,
    pub(in crate::api) kind: FunctionKind,
    /// Whether the request wants the arguments to fit the schema.
    pub(in crate::api) strict: bool,
}

/// How an API writes its tools.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Dialect {
    /// Chat Completions: `{"type": "function", "function": {"name", …}}`
    Nested,
    /// Responses: `{"type": "function", "name", …}`
    Flat,
}

const CHAT_TYPES: [&str; 3] = ["function", "custom", "mcp"];
const RESPONSES_TYPES: [&str; 6] = [
    "function",
    "custom",
    "web_search",
    "web_search_preview",
    "code_interpreter",
    "mcp",
];

impl Tools {
    /// Reads `tools` and, of Chat Completions, its predecessor `functions`. The `namespaces` are those of `mcp` servers, by label.
    pub(in crate::api) fn read(
        body: &Node<'_, '_>,
        dialect: Dialect,
        namespaces: &BTreeMap<String, ToolNamespaceConfig>,
    ) -> Result<Self, BadRequest> {
        let mut reader = Reader {
            tools: Self::default(),
            dialect,
            namespaces,
        };
        if let Some(tools) = body.get("tools") {
            for tool in tools.elements()? {
                reader.read(&tool)?;
            }
        }
        if dialect == Dialect::Nested {
            if let Some(functions) = body.get("functions") {
                for function in functions.elements()? {
                    reader.function(&function)?;
                }
            }
        }
        Ok(reader.tools)
    }

    /// What the prompt says of the functions.
    pub(in crate::api) fn functions(&self) -> Vec<ToolDescription> {
        let functions = self.functions.iter();
        functions
            .map(|function| function.description.clone())
            .collect()
    }

    pub(in crate::api) fn is_empty(&self) -> bool {
        self.functions.is_empty()
            && !self.web_search
            && self.code_interpreter.is_none()
            && self.mcp_servers.is_empty()
    }

    /// Whether a call of this name goes to a declared `mcp` server: `label.tool`.
    pub(in crate::api) fn is_mcp_tool(&self, name: &str) -> bool {
        !self.mcp_servers.is_empty()
            && name.split_once('.').is_some_and(|(label, _)| {
                self.mcp_servers.iter().any(|server| server.name == label)
            })
    }

    /// What the answer needs to know of them.
    pub(in crate::api) fn offered(&self) -> OfferedTools {
        let functions = self.functions.iter();
        OfferedTools {
            functions: functions
                .map(|function| (function.description.name.clone(), function.kind))
                .collect(),
            web_search: self.web_search,
            code_interpreter: self.code_interpreter.clone(),
            mcp_servers: self
                .mcp_servers
                .iter()
                .map(|server| server.name.clone())
                .collect(),
        }
    }
}

struct Reader<'o> {
    tools: Tools,
    dialect: Dialect,
    namespaces: &'o BTreeMap<String, ToolNamespaceConfig>,
}

impl Reader<'_> {
    fn read(&mut self, tool: &Node<'_, '_>) -> Result<(), BadRequest> {
        let kind = tool.require("type")?;
        match (kind.string()?, self.dialect) {
            ("function", Dialect::Nested) => self.function(&tool.require("function")?),
            ("function", Dialect::Flat) => self.function(tool),
            ("custom", Dialect::Nested) => self.custom(&tool.require("custom")?),
            ("custom", Dialect::Flat) => self.custom(tool),
            ("mcp", _) => self.mcp_server(tool),
            ("code_interpreter", Dialect::Flat) => self.code_interpreter(tool),
            (name, Dialect::Flat) if builtin::is_web_search(name) => {
                self.tools.web_search = true;
                Ok(())
            }
            (_, Dialect::Nested) => Err(kind.none_of(CHAT_TYPES)),
            (_, Dialect::Flat) => Err(kind.none_of(RESPONSES_TYPES)),
        }
    }

    fn function(&mut self, function: &Node<'_, '_>) -> Result<(), BadRequest> {
        let function = function::read(function, &mut self.tools.names)?;
        self.tools.functions.push(function);
        Ok(())
    }

    fn custom(&mut self, tool: &Node<'_, '_>) -> Result<(), BadRequest> {
        let function = custom::read(tool, &mut self.tools.names)?;
        self.tools.functions.push(function);
        Ok(())
    }

    fn code_interpreter(&mut self, tool: &Node<'_, '_>) -> Result<(), BadRequest> {
        self.tools.code_interpreter = Some(builtin::code_interpreter(tool)?);
        Ok(())
    }

    fn mcp_server(&mut self, tool: &Node<'_, '_>) -> Result<(), BadRequest> {
        let server = builtin::mcp_server(tool, self.namespaces)?;
        if self
            .tools
            .mcp_servers
            .iter()
            .all(|known| known.name != server.name)
        {
            self.tools.mcp_servers.push(server);
        }
        Ok(())
    }
}
