//! How calls of the declared tools are addressed.

use super::Tools;
use crate::chat::ToolNamespaceConfig;
use crate::grammar::Tool;

impl Tools {
    /// The recipient of calls of a declared function.
    pub(in crate::api) fn function_recipient(&self, name: &str) -> Option<String> {
        let is_declared = self.names.contains(name);
        is_declared.then(|| format!("functions.{name}"))
    }

    /// The recipients of a declared server's tools, or of one of them.
    pub(in crate::api) fn mcp_recipients(&self, label: &str, tool: Option<&str>) -> Vec<String> {
        self.mcp_servers
            .iter()
            .filter(|server| server.name == label)
            .flat_map(recipients_in)
            .filter(|recipient| {
                tool.is_none_or(|tool| {
                    recipient
                        .split_once('.')
                        .is_some_and(|(_, name)| name == tool)
                })
            })
            .collect()
    }

    pub(in crate::api) fn web_search_recipients(&self) -> Vec<String> {
        if self.web_search {
            recipients_in(&ToolNamespaceConfig::browser()).collect()
        } else {
            Vec::new()
        }
    }

    pub(in crate::api) fn code_interpreter_recipients(&self) -> Vec<String> {
        if self.code_interpreter.is_some() {
            vec!["python".to_owned()]
        } else {
            Vec::new()
        }
    }

    /// The recipients of all tools.
    pub(in crate::api) fn recipients(&self) -> Vec<String> {
        let functions = self.functions.iter();
        functions
            .map(|function| format!("functions.{}", function.description.name))
            .chain(self.other_tools().into_iter().map(|tool| tool.recipient))
            .collect()
    }

    /// All tools that are not functions.
    pub(in crate::api) fn other_tools(&self) -> Vec<Tool> {
        let browser = self.web_search.then(ToolNamespaceConfig::browser);
        let python = self.code_interpreter.is_some();
        let python = python.then(ToolNamespaceConfig::python);
        let hosted = browser.iter().chain(&python).chain(&self.mcp_servers);
        hosted.flat_map(Tool::in_namespace).collect()
    }
}

fn recipients_in(namespace: &ToolNamespaceConfig) -> impl Iterator<Item = String> + '_ {
    namespace
        .tools
        .iter()
        .map(|tool| format!("{}.{}", namespace.name, tool.name))
}
