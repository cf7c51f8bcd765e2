//! Content types: a plain word (`json`), or one that a sampler enforced (`<|constrain|>json`).

use super::word::before_special;
use crate::encoding::special::FormattingToken;

const CONSTRAIN: &str = FormattingToken::Constrain.text();

/// The content type without `<|constrain|>`: `json` for both `json` and `<|constrain|>json`.
///
/// ```
/// # use openai_harmony::plain_content_type;
/// assert_eq!(plain_content_type("<|constrain|>json"), "json");
/// ```
pub fn plain_content_type(content_type: &str) -> &str {
    constrained_word(content_type)
        .unwrap_or(content_type)
        .trim()
}

/// The word after `<|constrain|>`; `None` for a plain content type.
pub(super) fn constrained_word(content_type: &str) -> Option<&str> {
    content_type.strip_prefix(CONSTRAIN)
}

/// The word up to the first special-token text in it, because no field may hold any. A leading `<|constrain|>` stays:
/// it distinguishes an enforced content type from a plain one.
pub(super) fn without_special_text(word: &str) -> String {
    match constrained_word(word) {
        Some(plain) => format!("{CONSTRAIN}{}", before_special(plain)),
        None => before_special(word).to_owned(),
    }
}
