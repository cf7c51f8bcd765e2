//! Tokens to bytes and text.

use std::borrow::Borrow;

use super::{vocab, Tokenizer};
use crate::error::DecodeError;

/// Appends the bytes of each token.
pub fn bytes_into(
    tokenizer: &Tokenizer,
    tokens: impl IntoIterator<Item = impl Borrow<u32>>,
    out: &mut Vec<u8>,
) -> Result<(), DecodeError> {
    let tokens = tokens.into_iter();
    // Tokens of text are four to five bytes long.
    out.reserve(tokens.size_hint().0.saturating_mul(5) + 16);
    for (index, token) in tokens.enumerate() {
        let token = *token.borrow();
        let appended = match tokenizer.specials {
            None => vocab::append_token(token, out),
            Some(_) => tokenizer
                .token_bytes(token)
                .map(|bytes| out.extend_from_slice(bytes)),
        };
        appended.ok_or(DecodeError::InvalidToken { token, index })?;
    }
    Ok(())
}

/// The text of the tokens.
pub fn utf8(
    tokenizer: &Tokenizer,
    tokens: impl IntoIterator<Item = impl Borrow<u32>>,
) -> Result<String, DecodeError> {
    // Kept to find the token of an error. Costs 0.3 ns a token.
    let tokens: Vec<u32> = tokens.into_iter().map(|token| *token.borrow()).collect();
    let mut bytes = vec![];
    bytes_into(tokenizer, &tokens, &mut bytes).map_err(|error| match error {
        DecodeError::InvalidToken { token, index } => {
            DecodeError::InvalidTokenInText { token, index }
        }
        other => other,
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let error = error.utf8_error();
        DecodeError::InvalidUtf8 {
            error,
            index: token_at(tokenizer, &tokens, error.valid_up_to()),
        }
    })
}

/// The index of the token that holds the byte at `position` of the decoded bytes.
fn token_at(tokenizer: &Tokenizer, tokens: &[u32], position: usize) -> usize {
    let mut end = 0;
    let holds = |&token: &u32| {
        end += tokenizer.token_bytes(token).map_or(0, <[u8]>::len);
        end > position
    };
    tokens.iter().position(holds).unwrap_or(tokens.len())
}
