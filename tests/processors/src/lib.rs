//! One number for what the tokenizer does with many texts, to compare processors with each other.
//!
//! The texts are those of `tests/rust/tokenizer.rs`, which holds x86-64 to tiktoken-rs on them.

#[path = "../../rust/texts.rs"]
mod texts;

use openai_harmony::tokenizer::Tokenizer;
use texts::Random;

/// Recorded texts with their tokens, which any processor must give.
const RECORDED: &str = include_str!("../../../test-data/tokenizer/encode.json");

/// A hash of the tokens of all texts, after the tokens were decoded to the texts again.
///
/// # Panics
/// If they decode to something else.
#[no_mangle]
pub extern "C" fn fingerprint() -> u64 {
    let mut hash = Hash::default();
    hash.add(RECORDED);
    let mut random = Random(0x5EED);
    for _ in 0..2_000 {
        let mut text = String::new();
        while text.len() < 600 {
            random.add_run(&mut text);
        }
        hash.add(&text);
    }
    hash.0
}

/// FNV-1a.
struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Hash {
    fn add(&mut self, text: &str) {
        let tokenizer = Tokenizer::o200k_harmony();
        let tokens = tokenizer.encode_ordinary(text);
        assert_eq!(tokenizer.decode_utf8(&tokens).as_deref(), Ok(text));
        for byte in tokens.iter().flat_map(|token| token.to_le_bytes()) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
}
