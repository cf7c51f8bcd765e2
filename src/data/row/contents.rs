//! The contents of a message of harmony, with the defaults of the Python models.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::given::Given;
use crate::chat::{
    ChannelConfig, Content, DeveloperContent, ReasoningEffort, SystemContent, TextContent,
    ToolNamespaceConfig,
};

/// A text, or a list of contents.
#[derive(Debug, Default)]
pub(super) struct Contents(pub(super) Vec<Content>);

impl<'de> Deserialize<'de> for Contents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrContents).map(Self)
    }
}

struct TextOrContents;

impl<'de> Visitor<'de> for TextOrContents {
    type Value = Vec<Content>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a string or a list of contents")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<Content>, E> {
        Ok(vec![Content::from(text)])
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Vec<Content>, E> {
        Ok(vec![Content::from(text)])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<Content>, A::Error> {
        let mut contents = Vec::with_capacity(1);
        while let Some(record) = items.next_element::<ContentRecord>()? {
            contents.push(record.into_content().map_err(de::Error::custom)?);
        }
        Ok(contents)
    }
}

/// The fields of all kinds of content. One record for all: with `serde(tag)` a content would be read twice.
#[derive(Deserialize)]
struct ContentRecord {
    #[serde(rename = "type")]
    kind: Kind,
    text: Option<String>,
    instructions: Option<String>,
    tools: Option<BTreeMap<String, ToolNamespaceConfig>>,
    #[serde(default)]
    model_identity: Given<String>,
    #[serde(default)]
    reasoning_effort: Given<Effort>,
    conversation_start_date: Option<String>,
    #[serde(default)]
    knowledge_cutoff: Given<String>,
    #[serde(default)]
    channel_config: Given<ChannelConfig>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Text,
    SystemContent,
    DeveloperContent,
}

impl ContentRecord {
    fn into_content(self) -> Result<Content, String> {
        check_tools(self.tools.as_ref())?;
        Ok(match self.kind {
            Kind::Text => Content::Text(TextContent {
                text: self.text.ok_or("missing field `text`")?,
            }),
            Kind::DeveloperContent => Content::DeveloperContent(DeveloperContent {
                instructions: self.instructions,
                tools: self.tools,
            }),
            Kind::SystemContent => {
                let usual = SystemContent::default();
                let usual_effort = usual.reasoning_effort.map(Effort);
                let effort = self.reasoning_effort.or(usual_effort);
                Content::SystemContent(SystemContent {
                    model_identity: self.model_identity.or(usual.model_identity),
                    reasoning_effort: effort.map(|effort| effort.0),
                    tools: self.tools,
                    conversation_start_date: self.conversation_start_date,
                    knowledge_cutoff: self.knowledge_cutoff.or(usual.knowledge_cutoff),
                    channel_config: self.channel_config.or(usual.channel_config),
                })
            }
        })
    }
}

/// The parameters of a tool are an object, or there are none.
fn check_tools(tools: Option<&BTreeMap<String, ToolNamespaceConfig>>) -> Result<(), String> {
    for namespace in tools.into_iter().flat_map(BTreeMap::values) {
        for tool in &namespace.tools {
            if !matches!(tool.parameters, None | Some(Value::Object(_))) {
                return Err(format!(
                    "parameters of the tool {:?} are not an object",
                    tool.name
                ));
            }
        }
    }
    Ok(())
}

/// An effort in any letter case, as in Python.
struct Effort(ReasoningEffort);

impl<'de> Deserialize<'de> for Effort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let effort = word.to_lowercase().parse();
        effort.map(Self).map_err(de::Error::custom)
    }
}
