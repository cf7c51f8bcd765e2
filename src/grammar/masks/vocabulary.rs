//! This library's tokenizer, as llguidance wants one.

use llguidance::toktrie::{TokRxInfo, TokTrie, TokenId, TokenizerEnv};

use crate::encoding::special::FormattingToken;
use crate::tokenizer::Tokenizer;

/// Rows of the output layer of the gpt-oss models.
const ROWS: u32 = 201_088;

pub(super) struct Vocabulary {
    trie: TokTrie,
}

impl Vocabulary {
    pub(super) fn new() -> Self {
        let info = TokRxInfo::new(ROWS, FormattingToken::Return.id());
        let words: Vec<Vec<u8>> = (0..ROWS).map(word).collect();
        Self {
            trie: TokTrie::from(&info, &words),
        }
    }
}

/// The bytes of a token. Special tokens have a marker before them, so that no text is made of them.
///
/// The rows after the last token that the models were trained with are special tokens as well. Without a name, masks would allow them.
fn word(token: u32) -> Vec<u8> {
    let tokenizer = Tokenizer::o200k_harmony();
    let bytes = tokenizer.token_bytes(token).unwrap_or_default();
    if tokenizer.is_special_token(token) {
        [&[TokTrie::SPECIAL_TOKEN_MARKER], bytes].concat()
    } else {
        bytes.to_vec()
    }
}

impl TokenizerEnv for Vocabulary {
    fn tok_trie(&self) -> &TokTrie {
        &self.trie
    }

    fn tokenize_bytes(&self, bytes: &[u8]) -> Vec<TokenId> {
        let encode = |text: &str| Tokenizer::o200k_harmony().encode_ordinary(text);
        self.trie.tokenize_with_greedy_fallback(bytes, encode)
    }
}
