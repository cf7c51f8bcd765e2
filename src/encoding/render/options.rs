//! The options of the methods that release 0.0.8 has too.

/// What [`render_conversation`](crate::HarmonyEncoding::render_conversation) leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RenderConversationConfig {
    /// Whether analysis before the first `final` message is left out once the assistant's last message is `final`.
    pub auto_drop_analysis: bool,
}

impl Default for RenderConversationConfig {
    fn default() -> Self {
        Self {
            auto_drop_analysis: true,
        }
    }
}

/// What [`render`](crate::HarmonyEncoding::render) must know about the conversation around the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RenderOptions {
    /// Whether a developer message offers functions, which the system message then mentions.
    pub conversation_has_function_tools: bool,
}
