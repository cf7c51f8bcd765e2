//! Tokens to bytes and text.

use std::{borrow::Borrow, num::NonZeroUsize};

use super::{encode::worth, vocab, Tokenizer};
use crate::{error::DecodeError, parallel};

impl Tokenizer {
    /// The bytes of the tokens, joined.
    ///
    /// # Errors
    /// [`DecodeError::InvalidToken`] for an id that no token has.
    pub fn decode_bytes<T: Borrow<u32>>(
        &self,
        tokens: impl IntoIterator<Item = T>,
    ) -> Result<Vec<u8>, DecodeError> {
        let mut bytes = vec![];
        bytes_into(self, tokens, &mut bytes)?;
        Ok(bytes)
    }

    /// The text of the tokens.
    ///
    /// # Errors
    /// [`DecodeError::InvalidTokenInText`] for an id that no token has, [`DecodeError::InvalidUtf8`] if the bytes are not UTF-8, as
    /// where the tokens end in the middle of a character.
    pub fn decode_utf8<T: Borrow<u32>>(
        &self,
        tokens: impl IntoIterator<Item = T>,
    ) -> Result<String, DecodeError> {
        utf8(self, tokens)
    }

    /// [`Self::decode_bytes`] for each sequence of tokens, in the order of the sequences, on several threads, as in
    /// [`Self::encode_batch`].
    ///
    /// ```
    /// use openai_harmony::tokenizer::Tokenizer;
    ///
    /// let texts = Tokenizer::o200k_harmony().decode_batch(&[[24912], [2375]], None);
    /// assert_eq!(texts, [Ok(b"hello".to_vec()), Ok(b" world".to_vec())]);
    /// ```
    pub fn decode_batch<T: AsRef<[u32]> + Sync>(
        &self,
        sequences: &[T],
        threads: Option<NonZeroUsize>,
    ) -> Vec<Result<Vec<u8>, DecodeError>> {
        let bytes = sequences
            .iter()
            .map(|tokens| size_of_val(tokens.as_ref()))
            .sum();
        parallel::map(sequences, worth(threads, bytes), |tokens| {
            self.decode_bytes(tokens.as_ref())
        })
    }
}

/// Appends the bytes of each token.
fn bytes_into(
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
fn utf8(
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
