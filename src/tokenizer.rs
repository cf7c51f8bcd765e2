//! The tokenizer: text to token ids and back. It knows nothing of the harmony format.

mod characters;
mod decode;
mod encode;
#[cfg(feature = "compact-tables")]
mod fill;
mod layout;
mod loaded;
mod memo;
mod merge;
mod pieces;
// Hidden, not public: the Python extension fetches its integers with it too.
#[doc(hidden)]
pub mod prefetch;
pub(crate) mod special;
mod tables;
mod vocab;
mod word_cache;

#[cfg(feature = "compact-tables")]
use special::names;

use std::{
    borrow::{Borrow, Cow},
    collections::HashSet,
    num::NonZeroUsize,
};

pub use crate::error::{DecodeError, EncodeError};
use crate::parallel;
use encode::Sink;
pub(crate) use loaded::LoadedVocabulary;
use special::names::Named;
pub use special::policy::{SpecialList, SpecialPolicy, SpecialTokens};
use special::search::Found;
pub(crate) use special::set::SpecialSet;
#[cfg(feature = "external-tables")]
pub use tables::SeedError;
pub use word_cache::WordCache;

/// Loads the vocabulary from the file `o200k.seed`, which is built with this crate (feature `external-tables`).
///
/// Loading it again does nothing. Text can be parsed without a vocabulary; asking for a [`Tokenizer`] before panics.
///
/// # Errors
/// If the bytes are damaged, or are the vocabulary of another version of this crate.
#[cfg(feature = "external-tables")]
pub fn load_vocabulary(seed: &[u8]) -> Result<(), SeedError> {
    tables::from_seed(seed)
}

/// A byte pair encoding with its vocabulary, which is part of the program: nothing is loaded, and all methods may be called from
/// any number of threads. Recently seen words are cached: each encode that runs uses one cache of up to 4.5 MiB, and up to ten are kept
/// when none runs, whatever the number of threads. A [`WordCache`] is a larger one, for bulk work.
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

    /// The tokens of a text. The text of special tokens is ordinary text here, so that no text can smuggle in control tokens.
    pub fn encode_ordinary(&self, text: &str) -> Vec<u32> {
        let mut tokens = vec![];
        self.encode_ordinary_into(text, &mut tokens);
        tokens
    }

    /// Appends the tokens of [`Self::encode_ordinary`] to `out`.
    pub fn encode_ordinary_into(&self, text: &str, out: &mut Vec<u32>) {
        // Most text has four to five bytes a token; what needs more grows the vector once.
        out.reserve(text.len() / 4 + 1);
        self.encode_text(text, out);
    }

    /// How many tokens [`Self::encode_ordinary`] would give.
    ///
    /// ```
    /// use openai_harmony::tokenizer::Tokenizer;
    ///
    /// assert_eq!(Tokenizer::o200k_harmony().count_ordinary("hello world"), 2);
    /// ```
    pub fn count_ordinary(&self, text: &str) -> usize {
        let mut count = encode::Count::default();
        self.encode_text(text, &mut count);
        count.0
    }

    /// The tokens of a text in which the text of every special token becomes that token.
    ///
    /// ```
    /// use openai_harmony::tokenizer::Tokenizer;
    ///
    /// let tokens = Tokenizer::o200k_harmony().encode_with_special_tokens("<|start|>user");
    /// assert_eq!(tokens, [200006, 1428]);
    /// ```
    pub fn encode_with_special_tokens(&self, text: &str) -> Vec<u32> {
        let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
        self.encode_where(text, |_| true, &mut tokens);
        tokens
    }

    /// The tokens of a text in which the text of the `allowed` special tokens becomes these tokens, and how many tokens the last
    /// piece of ordinary text has (0 after a special token).
    ///
    /// More text may change the tokens of the last piece, but of no piece before it.
    pub fn encode(&self, text: &str, allowed: &HashSet<&str>) -> (Vec<u32>, usize) {
        let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
        let last_piece = self.encode_where(text, |special| allowed.contains(special), &mut tokens);
        (tokens, self.count_ordinary(last_piece))
    }

    /// The tokens of a text, in which special tokens are treated as the policy says.
    ///
    /// ```
    /// use openai_harmony::tokenizer::{SpecialPolicy, Tokenizer};
    ///
    /// let tokenizer = Tokenizer::o200k_harmony();
    /// assert_eq!(tokenizer.encode_with("hello world", &SpecialPolicy::default())?, [24912, 2375]);
    /// # Ok::<(), openai_harmony::tokenizer::EncodeError>(())
    /// ```
    ///
    /// # Errors
    /// [`EncodeError::DisallowedSpecialToken`] for the first text that the policy disallows.
    pub fn encode_with(&self, text: &str, policy: &SpecialPolicy) -> Result<Vec<u32>, EncodeError> {
        let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
        self.encode_by(policy, text, &mut tokens)?;
        Ok(tokens)
    }

    /// Appends the tokens of [`Self::encode_with`] to `out`.
    ///
    /// # Errors
    /// As [`Self::encode_with`]; nothing is appended then.
    pub fn encode_with_into(
        &self,
        text: &str,
        policy: &SpecialPolicy,
        out: &mut Vec<u32>,
    ) -> Result<(), EncodeError> {
        self.encode_by(policy, text, out)
    }

    /// How many tokens [`Self::encode_with`] would give.
    ///
    /// # Errors
    /// As [`Self::encode_with`].
    pub fn count_with(&self, text: &str, policy: &SpecialPolicy) -> Result<usize, EncodeError> {
        let mut count = encode::Count::default();
        self.encode_by(policy, text, &mut count)?;
        Ok(count.0)
    }

    /// How many tokens [`Self::encode_with`] would give, or `None` if there are more than `limit`.
    ///
    /// Stops soon after the limit, so the cost does not grow with the rest of a long text.
    ///
    /// ```
    /// use openai_harmony::tokenizer::{SpecialPolicy, Tokenizer};
    ///
    /// let (tokenizer, policy) = (Tokenizer::o200k_harmony(), SpecialPolicy::default());
    /// assert_eq!(tokenizer.count_up_to("hello world", 2, &policy)?, Some(2));
    /// assert_eq!(tokenizer.count_up_to("hello world", 1, &policy)?, None);
    /// # Ok::<(), openai_harmony::tokenizer::EncodeError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Self::encode_with`], also where the disallowed text comes after the limit.
    pub fn count_up_to(
        &self,
        text: &str,
        limit: usize,
        policy: &SpecialPolicy,
    ) -> Result<Option<usize>, EncodeError> {
        let mut sink = encode::CountUpTo { count: 0, limit };
        self.encode_by(policy, text, &mut sink)?;
        Ok((sink.count <= limit).then_some(sink.count))
    }

    /// [`Self::encode_with`] for each text, in the order of the texts, on several threads.
    ///
    /// Without `threads`, as many as there are processors if the batch is large enough for more than one. There are never more
    /// threads than processors or texts; where the system gives no more of them, those there are do the work.
    ///
    /// ```
    /// use openai_harmony::tokenizer::{SpecialPolicy, Tokenizer};
    ///
    /// let tokenizer = Tokenizer::o200k_harmony();
    /// let batch = tokenizer.encode_batch(&["hello", "<|end|>"], &SpecialPolicy::default(), None);
    /// assert_eq!(batch[0], Ok(vec![24912]));
    /// assert!(batch[1].is_err());
    /// ```
    pub fn encode_batch<T: AsRef<str> + Sync>(
        &self,
        texts: &[T],
        policy: &SpecialPolicy,
        threads: Option<NonZeroUsize>,
    ) -> Vec<Result<Vec<u32>, EncodeError>> {
        let bytes = texts.iter().map(|text| text.as_ref().len()).sum();
        parallel::map(texts, worth(threads, bytes), |text| {
            self.encode_with(text.as_ref(), policy)
        })
    }

    fn encode_by(
        &self,
        policy: &SpecialPolicy,
        text: &str,
        sink: &mut impl Sink,
    ) -> Result<(), EncodeError> {
        policy.check(text, |wanted| self.find(text, 0, wanted))?;
        if policy.allows_any() {
            self.encode_where(text, |special| policy.allows(special), sink);
        } else {
            self.encode_text(text, sink);
        }
        Ok(())
    }

    /// Sends the tokens of a text to `sink`, and returns where its last piece begins. Text of special tokens is ordinary text.
    fn encode_text(&self, text: &str, sink: &mut impl Sink) -> usize {
        match &self.vocabulary {
            None => encode::encode(text, sink),
            Some(vocabulary) => vocabulary.encode(text, sink),
        }
    }

    /// Sends the tokens of a text to `sink`, and returns the last piece of ordinary text.
    fn encode_where<'t>(
        &self,
        text: &'t str,
        allowed: impl Fn(&str) -> bool,
        sink: &mut impl Sink,
    ) -> &'t str {
        let mut start = 0;
        while let Some(found) = self.find(text, start, &allowed).filter(|_| !sink.is_full()) {
            self.encode_text(&text[start..found.start], sink);
            sink.extend(&[found.id]);
            start = found.end();
        }
        let rest = &text[start..];
        &rest[self.encode_text(rest, sink)..]
    }

    /// The first text of a wanted special token in `text`, and where it begins.
    ///
    /// Costs next to nothing where the text has no `<|`.
    ///
    /// ```
    /// use openai_harmony::tokenizer::Tokenizer;
    ///
    /// let found = Tokenizer::o200k_harmony().find_special("a <|end|> b", |_| true);
    /// assert_eq!(found, Some((2, "<|end|>")));
    /// ```
    pub fn find_special<'t>(
        &self,
        text: &'t str,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<(usize, &'t str)> {
        self.find(text, 0, wanted)
            .map(|found| (found.start, found.text))
    }

    /// The first wanted special token's text at or after `start`.
    fn find<'t>(
        &self,
        text: &'t str,
        start: usize,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<Found<'t>> {
        match &self.specials {
            None => special::find(text, start, |_, special| wanted(special)),
            Some(specials) => specials.find(text, start, wanted),
        }
    }

    /// The bytes of a token, ordinary or special; `None` for an id that no token has.
    pub fn token_bytes(&self, token: u32) -> Option<&[u8]> {
        let Some(specials) = &self.specials else {
            return vocab::token_bytes(token);
        };
        if let Some(text) = specials.text(token) {
            return Some(text.as_bytes());
        }
        match &self.vocabulary {
            Some(vocabulary) => vocabulary.token_bytes(token),
            // Ids of the built-in special tokens that are not among those of this tokenizer.
            None if special::is_special(token) => None,
            None => vocab::token_bytes(token),
        }
    }

    /// The bytes of the tokens, joined.
    ///
    /// # Errors
    /// [`DecodeError::InvalidToken`] for an id that no token has.
    pub fn decode_bytes<T: Borrow<u32>>(
        &self,
        tokens: impl IntoIterator<Item = T>,
    ) -> Result<Vec<u8>, DecodeError> {
        let mut bytes = vec![];
        decode::bytes_into(self, tokens, &mut bytes)?;
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
        decode::utf8(self, tokens)
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

    /// The number of token ids, special tokens included: every id is less than this.
    pub fn token_count(&self) -> usize {
        let ordinary = self.vocabulary.as_ref().map_or(
            special::names::IDS.start as usize,
            LoadedVocabulary::id_count,
        );
        match &self.specials {
            None => Self::TOKEN_COUNT,
            Some(specials) => ordinary.max(specials.id_count()),
        }
    }

    /// The text of all special tokens.
    pub fn special_tokens(&self) -> HashSet<&str> {
        match &self.specials {
            None => special::names::IDS.filter_map(special::text).collect(),
            Some(specials) => specials.all().collect(),
        }
    }

    /// Whether the id is a special token's.
    pub fn is_special_token(&self, token: u32) -> bool {
        match &self.specials {
            None => special::is_special(token),
            Some(specials) => specials.text(token).is_some(),
        }
    }

    /// The lowest id of a special token: all ids below it are ordinary.
    #[inline]
    pub(crate) fn first_special(&self) -> u32 {
        self.specials
            .as_ref()
            .map_or(special::names::IDS.start, SpecialSet::lowest)
    }

    /// The id that a token of `o200k_harmony` has in this vocabulary.
    pub(crate) fn named_id(&self, named: Named) -> u32 {
        match &self.specials {
            None => named.id,
            Some(specials) => specials.named_id(named),
        }
    }

    /// The id that a special token of this vocabulary has in `o200k_harmony`, if it has a name of its own there.
    pub(crate) fn named_as(&self, token: u32) -> Option<u32> {
        match &self.specials {
            None => Some(token),
            Some(specials) => specials.named(token).map(|named| named.id),
        }
    }

    /// Where the first character is that a special token's text may begin with.
    pub(crate) fn special_opening(&self, text: &str) -> Option<usize> {
        match &self.specials {
            None => text.find('<'),
            Some(specials) => specials.opening(text),
        }
    }

    /// The special token's text that `text` starts with, and its id.
    pub(crate) fn starts_with_special<'t>(&self, text: &'t str) -> Option<(&'t str, u32)> {
        match &self.specials {
            None => special::starts(text),
            Some(specials) => specials.starts(text, |_| true),
        }
    }

    /// Whether more text would make `text` a special token's: `<|en`.
    pub(crate) fn may_begin_special(&self, text: &str) -> bool {
        match &self.specials {
            None => special::may_begin(text),
            Some(specials) => specials.may_begin(text),
        }
    }

    /// Whether the id is an ordinary token's: text.
    pub(crate) fn is_ordinary_token(&self, token: u32) -> bool {
        token < special::names::IDS.start
    }

    /// The id of the ordinary token that has exactly these bytes.
    ///
    /// ```
    /// use openai_harmony::tokenizer::Tokenizer;
    ///
    /// let tokenizer = Tokenizer::o200k_harmony();
    /// assert_eq!(tokenizer.ordinary_id(b"Hello"), Some(13225));
    /// assert_eq!(tokenizer.ordinary_id(b"Hello, World!"), None);
    /// ```
    pub fn ordinary_id(&self, bytes: &[u8]) -> Option<u32> {
        match &self.vocabulary {
            None => vocab::ordinary_token(bytes),
            Some(vocabulary) => vocabulary.id(bytes),
        }
    }

    /// The id of a special token's text.
    pub fn special_id(&self, text: &str) -> Option<u32> {
        match &self.specials {
            None => special::id(text),
            Some(specials) => specials.id(text),
        }
    }

    /// The text of a special token.
    pub fn special_text(&self, id: u32) -> Option<&str> {
        match &self.specials {
            None => special::text(id),
            Some(specials) => specials.text(id),
        }
    }
}

/// How many threads a batch of so many bytes gets if nothing else was asked for: a small one is not worth a second thread.
fn worth(threads: Option<NonZeroUsize>, bytes: usize) -> Option<NonZeroUsize> {
    const OF_ONE_THREAD: usize = 64 << 10;
    threads.or((bytes < OF_ONE_THREAD).then_some(NonZeroUsize::MIN))
}
