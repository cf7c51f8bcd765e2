//! Masks: which tokens count, for a loss or for anything else.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::span::{MessageSpan, Part, Spans};
use crate::chat::Role;

/// A choice of tokens by what they belong to. A token is chosen if all criteria hold; one that is `None` always does.
///
/// ```
/// use openai_harmony::chat::{Message, Role};
/// use openai_harmony::render::{RenderSpec, TokenSelection};
/// use openai_harmony::{load_harmony_encoding, HarmonyEncodingName};
///
/// let encoding = load_harmony_encoding(HarmonyEncodingName::HarmonyGptOss)?;
/// let conversation = [
///     Message::from_role_and_content(Role::User, "2 + 2?"),
///     Message::from_role_and_content(Role::Assistant, "4").with_channel("final"),
/// ];
/// let rendered = encoding.render_with(&conversation, &RenderSpec::for_training())?;
/// let mask = TokenSelection::learned().mask(&rendered.spans);
/// let learned: Vec<u32> = rendered.tokens.iter().zip(mask).filter(|(_, on)| *on).map(|(id, _)| *id).collect();
/// assert_eq!(encoding.tokenizer().decode_utf8(&learned)?, "4<|return|>");
/// # Ok::<(), openai_harmony::HarmonyError>(())
/// ```
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TokenSelection {
    /// The roles of the messages' authors.
    pub roles: Option<Vec<Role>>,
    /// The messages' channels; `None` in the list means a message without a channel.
    pub channels: Option<Vec<Option<String>>>,
    /// The indices of the messages.
    pub messages: Option<Vec<usize>>,
    /// The parts of the messages.
    pub parts: Option<Vec<Part>>,
    /// Whether only tokens count that a model sampled, or would have; see [`MessageSpan::sampled`].
    pub sampled_only: bool,
}

impl TokenSelection {
    /// Every token.
    pub fn all() -> Self {
        Self::default()
    }

    /// Contents and endings of the assistant's messages: what supervised training is usually computed on.
    pub fn learned() -> Self {
        Self {
            roles: Some(vec![Role::Assistant]),
            parts: Some(vec![Part::Content, Part::Ending]),
            ..Self::default()
        }
    }

    /// The tokens that a model sampled, headers included: what reinforcement learning scores.
    pub fn sampled() -> Self {
        Self {
            sampled_only: true,
            ..Self::default()
        }
    }

    /// For each token, whether it is chosen. The mask is as long as the tokens.
    pub fn mask(&self, spans: &Spans) -> Vec<bool> {
        let mut mask = vec![false; spans.token_count()];
        // Often there are as many indices as messages.
        let messages: Option<HashSet<usize>> = self
            .messages
            .as_ref()
            .map(|messages| messages.iter().copied().collect());
        for span in spans.messages() {
            let is_listed = messages
                .as_ref()
                .is_none_or(|messages| messages.contains(&span.message()));
            if is_listed && self.chooses(span) {
                self.mark(span, &mut mask);
            }
        }
        mask
    }

    /// Whether role and channel are those of the selection.
    fn chooses(&self, span: &MessageSpan) -> bool {
        allows(self.roles.as_deref(), |role| *role == span.role())
            && allows(self.channels.as_deref(), |channel| {
                channel.as_deref() == span.channel()
            })
    }

    fn mark(&self, span: &MessageSpan, mask: &mut [bool]) {
        for &part in Part::ALL {
            if !allows(self.parts.as_deref(), |chosen| *chosen == part) {
                continue;
            }
            let mut range = span.part(part);
            if self.sampled_only {
                let sampled = span.sampled();
                range = range.start.max(sampled.start)..range.end.min(sampled.end);
            }
            // An empty intersection may be an inverted range, for which there is no slice.
            if let Some(tokens) = mask.get_mut(range) {
                tokens.fill(true);
            }
        }
    }
}

fn allows<T>(list: Option<&[T]>, matches: impl Fn(&T) -> bool) -> bool {
    list.is_none_or(|list| list.iter().any(matches))
}
