//! The tokenizer: text to token ids and back. It knows nothing of the harmony format.

mod characters;
mod decode;
mod encode;
mod encoder;
#[cfg(feature = "compact-tables")]
mod fill;
mod ids;
mod layout;
mod loaded;
mod memo;
// Hidden, not public: the Python extension keeps its integers in it.
#[doc(hidden)]
pub mod memory;
mod merge;
mod pieces;
// As above: it fetches its integers with it.
#[doc(hidden)]
pub mod prefetch;
mod sink;
pub(crate) mod special;
mod tables;
mod vocab;
mod word_cache;

#[cfg(feature = "compact-tables")]
use special::names;

use std::borrow::Cow;

pub use crate::error::{DecodeError, EncodeError};
pub(crate) use loaded::LoadedVocabulary;
pub use special::policy::{SpecialList, SpecialPolicy, SpecialTokens};
pub(crate) use special::set::SpecialSet;
#[cfg(feature = "external-tables")]
pub use tables::SeedError;
pub use word_cache::WordCache;

/// Loads the vocabulary from the file `o200k.seed`, which is built with this crate (feature `external-tables`). The bytes are kept, as
/// tables are computed from them when they are first needed.
///
/// Loading it again does nothing. Text can be parsed without a vocabulary; asking for a [`Tokenizer`] before panics.
///
/// # Errors
/// If the bytes are damaged, or are the vocabulary of another version of this crate.
#[cfg(feature = "external-tables")]
pub fn load_vocabulary(seed: impl Into<Vec<u8>>) -> Result<(), SeedError> {
    tables::from_seed(seed.into())
}

/// A byte pair encoding with its vocabulary, which is part of the program: nothing is loaded, and all methods may be called from
/// any number of threads. Recently seen words are cached: each encode that runs uses one cache of up to 4.5 MiB, or of 0.3 MiB where
/// many more run than there are processors. Up to seven caches are kept when none runs, whatever the number of threads. A [`WordCache`] is
/// a larger one, for bulk work.
///
/// ```
/// use openai_harmony::tokenizer::Tokenizer;
///
/// let tokenizer = Tokenizer::o200k_harmony();
/// let tokens = tokenizer.encode_ordinary("Hello, World!");
/// assert_eq!(tokens, [13225, 11, 5922, 0]);
/// assert_eq!(tokenizer.decode_utf8(&tokens)?, "Hello, World!");
/// # Ok::<(), openai_harmony::tokenizer::DecodeError>(())
/// ```
#[derive(Debug)]
pub struct Tokenizer {
    name: Cow<'static, str>,
    /// The ordinary tokens, if they are not the embedded ones.
    vocabulary: Option<LoadedVocabulary>,
    /// The special tokens, if they are not those of `o200k_harmony`.
    specials: Option<SpecialSet>,
}

static O200K_HARMONY: Tokenizer = Tokenizer {
    name: Cow::Borrowed("o200k_harmony"),
    vocabulary: None,
    specials: None,
};

impl Tokenizer {
    /// The number of token ids of `o200k_harmony`, special tokens included: 201,089. Every id is less than this.
    pub const TOKEN_COUNT: usize = special::names::IDS.end as usize;

    /// The tokenizer of the gpt-oss models: the 199,998 ordinary tokens of `o200k_base` and 1,091 special ones.
    pub fn o200k_harmony() -> &'static Self {
        Self::unloaded().loaded()
    }

    /// The tokenizer of the gpt-oss models, for what may do without it: see [`loaded`](Self::loaded).
    pub(crate) fn unloaded() -> &'static Self {
        &O200K_HARMONY
    }

    /// The tokenizer, once its tables can be read.
    pub(crate) fn loaded(&'static self) -> &'static Self {
        tables::ensure();
        self
    }

    /// A tokenizer with other ordinary tokens, or other special ones, or both.
    pub(crate) fn registered(
        name: String,
        vocabulary: Option<LoadedVocabulary>,
        specials: SpecialSet,
    ) -> Self {
        Self {
            name: Cow::Owned(name),
            vocabulary,
            specials: Some(specials),
        }
    }

    /// The name of the vocabulary: `"o200k_harmony"`, or the name under which an encoding was registered.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the ordinary tokens are those of a file instead of the embedded ones.
    pub fn has_own_vocabulary(&self) -> bool {
        self.vocabulary.is_some()
    }
}
